"""Owns the shape of a plan text: clean text with a way back to the source, plans in a file, numbered clauses, sentences."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from dataclasses import dataclass, field

from . import lexicon

_CJK = r"[\u3400-\u9fff]"
# Copying leaves blanks between characters, and stray marks inside words.
_NOISE = re.compile(
    rf"(?<={_CJK})[ \t\u3000\u00a0]+(?=[\u3400-\u9fff0-9,;:(])"
    rf"|(?<=[0-9,;:)])[ \t\u3000\u00a0]+(?={_CJK})"
    rf"|[`\u200b\ufeff\u00ad]|(?<={_CJK})[.'](?={_CJK})"
)
# Scanning reads 0 as O and 1 as l beside digits and units.
_MISREAD = re.compile(
    r"(?<=\d)[Oo](?=[\d日月天年次小%米分个])|(?<![A-Za-z])[lI](?=[0-9]{0,2}(?:小时|次|名|个|日|天|月|分钟|人))"
)
_PLAN_TITLE = re.compile(
    r"^[ \t]*(\S.{2,60}?)[ \t]*(?:篇|\(篇|（篇)([0-9一二三四五六七八九十]{1,3})[)）]?[ \t]*$", re.M
)
_CN = "一二三四五六七八九十百〇零"
STYLES = (
    ("chapter", re.compile(rf"第[{_CN}\d]+[章节编部](?:分)?[、:. ]?")),
    ("article", re.compile(rf"第[{_CN}\d]+条[、:. ]?")),
    ("cn", re.compile(rf"[{_CN}]+[、.:](?!\d)")),
    ("(cn)", re.compile(rf"\([{_CN}]+\)[、.]?")),
    ("cn)", re.compile(rf"[{_CN}]+\)[、.]?")),
    (
        "step",
        re.compile(rf"(?:[{_CN}](?:要|是)(?=[^\d,。;]))|第[{_CN}][,:、]|(?:首先|其次|再次|最后),"),
    ),
    ("(1)", re.compile(r"\(\d{1,2}\)[、.]?")),
    ("1)", re.compile(r"\d{1,2}\)[、.]?")),
    ("1.", re.compile(r"\d{1,2}(?:[、.]\s?(?!\d)|[.、]\s?(?=\d{4}年|\d{1,2}月)|、(?=\d))")),
    ("1.1", re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}\.?\s?(?=[^\d%.月日米])")),
    ("1,", re.compile(r"\d{1,2},(?=[一-鿿])")),
    ("nth", re.compile(rf"第[{_CN}]+[ \u3000](?=[一-鿿])")),
    ("●", re.compile(r"[●◎◆★■□▲△▪•➢◇※]\s?\d?")),
    ("【】", re.compile(r"【[^】]{1,12}】")),
    ("①", re.compile(r"[①-⑳❶-❿⑴-⒇]")),
)
_INLINE = re.compile(
    rf"(?<=[。;:!?])(?<!\d:)(?=[{_CN}](?:要|是)[^\d,。;]|[{_CN}]+、(?![{_CN}]、)|\([{_CN}]+\)|\(\d{{1,2}}\)|\d{{1,2}}[、.](?!\d)|\d{{1,2}},(?=[一-鿿])|[①-⑳]|第[{_CN}]+[条章])"
)
_STOP = re.compile(r"[。;!?\n]+[”\"’)]*")
TITLE_WORDS = re.compile(
    r"(?:方案|通知|制度|办法|意见|计划|规定|要点|预案|规则|职责|细则|责任书|公告|通报|总结|规范|措施|须知|条例)[)”\"]?(?:\((?:[^()]{1,16})\))?$"
)  # (修订), (试行), (2026年版) …
_NUMBERED = re.compile(
    r"^(?:第?[一二三四五六七八九十\d]+[、.．章节条]|\([一二三四五六七八九十\d]+\))"
)


LONGEST = 400


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

    @property
    def heading(self) -> str:
        """The clause's own words up to its first stop, without the marker."""
        return re.split(r"[。:;\n]", self.text[len(self.marker) :], maxsplit=1)[0].strip()

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


class Source:
    """A plan's text as given, and the clean text that rules read; every clean offset leads back."""

    def __init__(self, text: str) -> None:
        self.text = text
        simple = _MISREAD.sub(
            lambda m: "0" if m.group() in "Oo" else "1", text.translate(lexicon.SIMPLE)
        )
        self.clean, self._removed, self._shift = self._strip(simple)

    @staticmethod
    def _strip(text: str) -> tuple[str, list[int], list[int]]:
        pieces, removed, shift, last, gone = [], [0], [0], 0, 0
        for match in _NOISE.finditer(text):
            pieces.append(text[last : match.start()])
            gone += match.end() - match.start()
            last = match.end()
            removed.append(last - gone)
            shift.append(gone)
        pieces.append(text[last:])
        return "".join(pieces), removed, shift

    def origin(self, offset: int) -> int:
        """Return the offset in the given text of a clean offset."""
        return offset + self._shift[bisect_right(self._removed, offset) - 1]

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.origin(start), self.origin(max(start, end - 1)) + 1


def split_plans(text: str) -> list[tuple[str, str, int]]:
    """Cut a collection at its `… 篇N` lines; return (suffix, text, offset), one with an empty suffix if there is none."""
    marks = list(_PLAN_TITLE.finditer(text))
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
        style, marker = _marker(text)
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


def _marker(text: str) -> tuple[str, str]:
    for style, pattern in STYLES:
        match = pattern.match(text)
        if match:
            return style, match.group()
    return "", ""


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
    if end - start > LONGEST:
        # Rules look around within a sentence; one without stops would cost the square of its length.
        cut = max(clause.text.rfind(c, start + LONGEST // 2, start + LONGEST) for c in ",;:、 ") + 1
        cut = cut if cut > start else start + LONGEST
        _add(out, clause, start, cut)
        while end - cut > LONGEST:
            following = (
                max(clause.text.rfind(c, cut + LONGEST // 2, cut + LONGEST) for c in ",;:、 ") + 1
            )
            following = following if following > cut else cut + LONGEST
            _add(out, clause, cut, following)
            cut = following
        _add(out, clause, cut, end)
        return
    text = clause.text[start:end]
    body = text.strip(' \t\u3000”"')
    if len(body) > 1:
        start += text.index(body)
        out.append(Sentence(body, clause.start + start, clause.start + start + len(body), clause))


def title(source: Source) -> str:
    """Return the first short line that names the document, else the first line."""
    lines = [line.strip() for line in source.clean.split("\n") if line.strip()]
    for line in lines[:8]:
        if (
            len(line) <= 60
            and not _NUMBERED.match(line)
            and TITLE_WORDS.search(re.sub(r"\s*篇[\d一二三四五六七八九十]+$", "", line))
        ):
            return line
    return lines[0][:60] if lines else ""
