"""Owns the shape of a plan text: clean text with a way back to the source, plans in a file,
numbered clauses, sentences.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .markers import CN, marker_of
from .source import CUT_START, PLAN_TITLE, Source

_INLINE = re.compile(
    rf"(?<=[。;:!?])(?<!\d:)(?=[{CN}](?:要|是)[^\d,。;]|[{CN}]+、(?![{CN}]、"
    rf")|\([{CN}]+\)|\(\d{{1,2}}\)|\d{{1,2}}[、"
    rf".](?!\d)|\d{{1,2}},(?=[一-鿿])|[①-⑳]|第[{CN}]+[条章])"
)
_STOP = re.compile(r"[。;!?\n]+[”\"’)]*")
TITLE_WORDS = re.compile(
    r"(?:方案|通知|制度|办法|意见|计划|规定|要点|预案|规则|职责|细则|责任书|公告|通报|总结|规范|措施|须知|条例)[)”\"]?(?:\((?:[^()]{1,16})\))?$"
)  # (修订), (试行), (2026年版) …
_NUMBERED = re.compile(
    r"^(?:第?[一二三四五六七八九十\d]+[、.．章节条]|\([一二三四五六七八九十\d]+\))"
)


_HEAD_END = re.compile(r"[。:;\n]")
LONGEST_LINE = 400


@dataclass(frozen=True)
class Sentence:
    """A stretch of clean text; `start` and `end` are offsets into it."""

    text: str
    start: int
    end: int
    clause: Clause


@dataclass
class Clause:
    marker: str
    style: str
    path: tuple[str, ...]
    start: int
    end: int
    text: str
    parent: Clause | None = None
    children: list[Clause] = field(default_factory=list)

    @property
    def number(self) -> str:
        return "".join(self.path) or "前言"

    @cached_property
    def heading(self) -> str:
        """The clause's own words up to its first stop, without the marker."""
        return _HEAD_END.split(self.text[len(self.marker) :], maxsplit=1)[0].strip()

    @property
    def last(self) -> int:
        """Where the clause ends with everything below it."""
        return max([self.end, *(c.last for c in self.children)])

    def ancestors(self) -> list[Clause]:
        up, out = self.parent, []
        while up is not None:
            out.append(up)
            up = up.parent
        return out


def split_plans(text: str) -> list[tuple[str, str, int]]:
    """Cut a collection at its `… 篇N` lines; return (suffix, text, offset), one with an empty
    suffix if there is none.
    """
    marks = list(PLAN_TITLE.finditer(text))
    if not marks:
        return [("", text, 0)]
    bounds = [m.start() for m in marks] + [len(text)]
    titles = [m.group(1).strip() for m in marks]
    return [
        (f"{titles[i]}/{marks[i].group(2)}", text[bounds[i] : bounds[i + 1]], bounds[i])
        for i in range(len(marks))
    ]


def outline(source: Source) -> list[Clause]:
    """Return the clauses in order; the first is the preamble with an empty path."""
    root = Clause("", "", (), 0, 0, "")
    clauses, stack = [root], [root]
    for start, end in _pieces(source.clean):
        text = source.clean[start:end]
        style, marker = marker_of(text)
        if not style:
            clauses[-1].end = end
            continue
        while len(stack) > 1 and style in [c.style for c in stack]:
            stack.pop()
        parent = stack[-1]
        clause = Clause(
            marker, style, (*parent.path, _label(marker, style)), start, end, text, parent
        )
        parent.children.append(clause)
        clauses.append(clause)
        stack.append(clause)
    for clause in clauses:
        clause.text = source.clean[clause.start : clause.end]
    return clauses


def _pieces(clean: str) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    position = 0
    for line in clean.split("\n"):
        stripped = len(line) - len(line.lstrip(" \t\u3000"))
        start, end = position + stripped, position + len(line)
        position += len(line) + 1
        if start >= end:
            continue
        cuts = [m.start() for m in _INLINE.finditer(line, stripped)] if end - start > 12 else []
        bounds = [start, *(end - len(line) + c for c in cuts), end]
        out.extend(itertools.pairwise(bounds))
    return out


def _label(marker: str, style: str) -> str:
    marker = marker.strip()
    return (
        marker.rstrip("、.:, ")
        if style in {"1.", "step", "chapter", "article"}
        else marker.rstrip(". ")
    )


def sentences(clauses: list[Clause]) -> list[Sentence]:
    """Cut clauses into sentences at 。；！？ and line ends; clause markers are left out."""
    out: list[Sentence] = []
    for clause in clauses:
        position = len(clause.marker)
        for match in _STOP.finditer(clause.text, position):
            _add(out, clause, position, match.start())
            position = match.end()
        _add(out, clause, position, len(clause.text))
    return out


def _add(out: list[Sentence], clause: Clause, start: int, end: int) -> None:
    if end - start > LONGEST_LINE:
        # Rules look around within a sentence; one without stops would cost the square of its
        # length.
        cut = (
            max(
                clause.text.rfind(c, start + LONGEST_LINE // 2, start + LONGEST_LINE)
                for c in ",;:、 "
            )
            + 1
        )
        cut = cut if cut > start else start + LONGEST_LINE
        _add(out, clause, start, cut)
        while end - cut > LONGEST_LINE:
            following = (
                max(
                    clause.text.rfind(c, cut + LONGEST_LINE // 2, cut + LONGEST_LINE)
                    for c in ",;:、 "
                )
                + 1
            )
            following = following if following > cut else cut + LONGEST_LINE
            _add(out, clause, cut, following)
            cut = following
        _add(out, clause, cut, end)
        return
    text = clause.text[start:end]
    body = text.strip(' \t\u3000”"')
    if len(body) > 1:
        start += text.index(body)
        out.append(Sentence(body, clause.start + start, clause.start + start + len(body), clause))


_ASKS = re.compile(r"[每逐隔]|\d|不少|不低|至少|不超|[应须要将]")


def broken_sentences(source: Source, found: Sequence[Sentence]) -> set[int]:
    """Return the starts of sentences that a line end may have cut off from what stands before or
    after it: no stop there, no number of a list, and no room for a heading.
    """
    clean, out = source.clean, set()
    for one, other in itertools.pairwise(found):
        gap = clean[one.end : other.start]
        if "\n" not in gap or gap.strip() or one.clause is not other.clause:
            continue
        if "\t" in one.text + other.text or gap.count("\n") > 2:
            continue
        opens = one.clause.marker and one.start - one.clause.start <= len(one.clause.marker) + 1
        if opens and len(one.text) <= 16 and not re.search(r"[\d每]", one.text):
            continue
        if not _ASKS.search(one.text) and not CUT_START.match(other.text):
            continue
        if (
            clean[one.end - 1 : one.end] in ":;"
            or len(one.text) < 4
            or TITLE_WORDS.search(one.text)
        ):
            continue
        if (
            PLAN_TITLE.match(one.text)
            or re.match(r"[^,。:]{2,12}:", other.text)
            or re.match(r"[^,。:\d每]{2,8}:", one.text)
        ):
            continue
        out |= {one.start, other.start}
    return out


_PAGE = re.compile(r"^\d{1,3}/\d{1,3}(?=[^\d/])|[!！。]+$")
MOST_OF_TITLE = 40  # characters of a first line that names a document without one of its words


def opening(source: Source) -> str:
    """The line that tells what a document is about: one that names it, else the first."""
    lines = [line.strip() for line in source.clean.split("\n") if line.strip()]
    for line in lines[:8]:
        named = _PAGE.sub("", line)
        if (
            len(named) <= 60
            and not _NUMBERED.match(named)
            and TITLE_WORDS.search(re.sub(r"\s*篇[\d一二三四五六七八九十]+$", "", named))
        ):
            return named
    return lines[0][:60] if lines else ""


def title(opening: str) -> str:
    """The name of a document; empty where its opening line is a sentence and names nothing."""
    named = _PAGE.sub("", opening)
    if TITLE_WORDS.search(named):
        return named
    is_sentence = len(named) > MOST_OF_TITLE or bool(re.search(r"[,;。:]", opening))
    return "" if is_sentence else named
