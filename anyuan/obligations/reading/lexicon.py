"""Owns words: finds those of the catalogue and of the lexicon in a text, longest first, in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from anyuan.activities import rules as activities

Hit = tuple[int, int, str, int]  # start, end, value, weight

_RAW: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "lexicon.yaml").read_text("utf-8"),
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
_PAIRS = "".join(_RAW["traditional"].split())
_WIDE = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)}
# One character for one character: wide forms to ASCII, traditional to simplified, dashes to one dash.
SIMPLE: dict[int, int | str] = {
    **{ord(_PAIRS[i]): _PAIRS[i + 1] for i in range(0, len(_PAIRS), 2)},
    **_WIDE,
    **{ord(c): "-" for c in "—－–‐‑―─﹣"},
    ord("～"): "~",
    ord("〜"): "~",
    ord("∶"): ":",
    ord("﹐"): ",",
    ord("﹔"): ";",
    ord("％"): "%",
    ord("℅"): "%",
}


# A word that takes its place and says nothing: 教育局 is no 教育.
NEUTRAL = ""


@dataclass(frozen=True)
class Words:
    """A vocabulary indexed by first character; `find` returns longest matches, none inside another."""

    index: dict[str, list[tuple[str, list[tuple[str, int]]]]]

    def find(self, text: str) -> list[Hit]:
        """Return hits as (start, end, value, weight); one word may carry several values."""
        out: list[Hit] = []
        index, until = self.index, 0
        for i, c in enumerate(text):
            entry = index.get(c)
            if entry is None:
                continue
            for word, values in entry:
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
        grouped.setdefault(word[0], {}).setdefault(word, []).append((value, weight))
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


@lru_cache(maxsize=64)
def holders_in(text: str) -> tuple[Hit, ...]:
    """The holders named in a sentence; several measures of one sentence ask."""
    return tuple(holder_words().find(text))


@lru_cache(maxsize=64)
def activities_in(text: str) -> tuple[Hit, ...]:
    return tuple(activity_words().find(text))
