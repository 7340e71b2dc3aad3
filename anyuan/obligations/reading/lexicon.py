"""Owns words: finds those of the catalogue and of the lexicon in a text, longest first, in one
pass.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from anyuan.record.activities import rules as activities

Hit = tuple[int, int, str, int]  # start, end, value, weight

_RAW: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "lexicon.yaml").read_text("utf-8"),
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
_WIDE = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)}
_HAN = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))
# Radicals that some PDFs hold in place of the characters, and compatibility forms of them.
_FORMS = (*range(0x2E80, 0x2FE0), *range(0xF900, 0xFB00))
_RADICALS = dict(
    zip(
        "⺠⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⺟⺾",
        "民见角贝车长门青页风飞食马骨鬼鱼鸟卤麦黄齐齿龙母艹",
        strict=True,
    )
)


@cache
def simple() -> dict[int, int | str]:
    """Return one character for one character: wide forms to ASCII, traditional to simplified,
    dashes to one dash.
    """
    import opencc

    converted = opencc.OpenCC("t2s").convert("\n".join(map(chr, _HAN))).split("\n")
    return {
        **{
            c: new
            for c, new in zip(_HAN, converted, strict=True)
            if len(new) == 1 and chr(c) != new
        },
        **{c: new for c in _FORMS if len(new := unicodedata.normalize("NFKC", chr(c))) == 1},
        **{ord(c): new for c, new in _RADICALS.items()},
        **_WIDE,
        **{ord(c): "-" for c in "—－–‐‑―─﹣"},
        **{ord(c): "~" for c in "～〜∼"},
        **{ord(c): ":" for c in "∶﹕︰"},
        ord("﹐"): ",",
        ord("﹔"): ";",
        ord("％"): "%",
        ord("℅"): "%",
        ord("○"): "〇",
        ord("◯"): "〇",
        ord("\u3000"): " ",
        ord("\u00a0"): " ",
    }


# A word that takes its place and says nothing: 教育局 is no 教育.
NEUTRAL = ""


@dataclass(frozen=True)
class Words:
    """A vocabulary indexed by its first two characters (words of one by that one); `find` returns
    longest matches, not nested.
    """

    index: dict[str, list[tuple[str, list[tuple[str, int]]]]]

    def find(self, text: str) -> list[Hit]:
        """Return hits as (start, end, value, weight); one word may carry several values."""
        out: list[Hit] = []
        index, until = self.index, 0
        for i, c in enumerate(text):
            # No word of one character begins a longer one's match: the longer stand first.
            longer, single = index.get(text[i : i + 2]), index.get(c)
            if longer is None and single is None:
                continue
            for word, values in (*(longer or ()), *(single or ())):
                if text.startswith(word, i):
                    end = i + len(word)
                    if end > until:
                        out.extend(
                            (i, end, value, weight) for value, weight in values if value != NEUTRAL
                        )
                        until = end
                    break
        return out


def _index(words: list[tuple[str, str, int]]) -> Words:
    grouped: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for word, value, weight in words:
        grouped.setdefault(word[:2], {}).setdefault(word, []).append((value, weight))
    return Words(
        {
            first: sorted(entry.items(), key=lambda item: -len(item[0]))
            for first, entry in grouped.items()
        }
    )


@cache
def activity_words() -> Words:
    words = [(w, a.code, n) for a in activities.catalogue().values() for w, n in a.words]
    return _index(words + [(w, NEUTRAL, 0) for w in _RAW["neutral"]])


@cache
def holder_words() -> Words:
    return _index([(w, name, 1) for name, words in _RAW["holders"].items() for w in words])


@cache
def scope_words() -> Words:
    plain = [(w, name, 1) for name, words in _RAW["scopes"].items() for w in words]
    strong = [(w, name, 2) for name, words in _RAW["scopes_strong"].items() for w in words]
    return _index(plain + strong)


BODIES: list[str] = sorted(_RAW["bodies"], key=len, reverse=True)
ROLES: list[str] = sorted(_RAW["roles"], key=len, reverse=True)
RECIPIENTS: list[str] = sorted(_RAW["recipients"], key=len, reverse=True)
MODALS: list[str] = sorted(_RAW["modals"], key=len, reverse=True)


@lru_cache(maxsize=512)
def holders_in(text: str) -> tuple[Hit, ...]:
    """The holders named in a sentence; several measures of one sentence ask."""
    return tuple(holder_words().find(text))


@lru_cache(maxsize=256)
def activities_said(text: str) -> tuple[Hit, ...]:
    """The words of activities in headings, whoever they are part of."""
    return tuple(activity_words().find(text))


@lru_cache(maxsize=512)
def activities_in(text: str) -> tuple[Hit, ...]:
    """The words of activities in a sentence, but for those that are part of a holder's name:
    值日教师 says who, not that somebody is on duty.
    """
    names = [(h[0], h[1]) for h in holders_in(text) if h[1] - h[0] > 2]
    return tuple(
        h
        for h in activity_words().find(text)
        if not any(
            start <= h[0] and h[1] <= end and h[1] - h[0] < end - start for start, end in names
        )
    )
