"""Owns how things are found by what somebody types: characters, pinyin or initials."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

MOST = 8  # results of one kind on a page; our own bound
LONGEST = 40  # characters of what is looked for


@dataclass(frozen=True)
class Found:
    """One thing that was found: what it is called, what tells it apart, and where it is."""

    title: str
    url: str
    detail: str = ""


def asked(text: str) -> str:
    """What somebody typed, as it is compared: half width, small letters, bounded."""
    return unicodedata.normalize("NFKC", text).casefold().strip()[:LONGEST]


@lru_cache(maxsize=50_000)
def sounds(name: str) -> tuple[str, str]:
    """The pinyin of a name, run together, and its initials."""
    found = syllables(name)
    return "".join(found), "".join(s[0] for s in found)


def syllables(name: str) -> list[str]:
    """A name as it is said, small letters, syllable by syllable."""
    return [s.lower() for s in lazy_pinyin(name) if s.strip()]


def rank(text: str, name: str) -> int | None:
    """How well a name fits, the smallest best; None: not at all. `text` is as `asked` gives it."""
    plain = asked_name(name)
    if text in plain:
        return 0 if plain.startswith(text) else 1
    if not text.isascii():
        return None
    pinyin, initials = sounds(name)
    letters = text.replace(" ", "")
    if initials.startswith(letters) or pinyin.startswith(letters):
        return 2
    return 3 if letters in initials or (len(letters) > 2 and letters in pinyin) else None


def asked_name(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def best[T](text: str, rows: Iterable[T], name: Callable[[T], str], most: int = MOST) -> list[T]:
    """The rows whose names fit what was typed, the best first, so many at most."""
    ranked: Sequence[tuple[int, int, T]] = [
        (fit, i, row) for i, row in enumerate(rows) if (fit := rank(text, name(row))) is not None
    ]
    return [row for _fit, _i, row in sorted(ranked, key=lambda r: r[:2])[:most]]
