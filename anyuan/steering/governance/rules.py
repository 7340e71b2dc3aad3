"""Differences between versions of a text, and which posts must read a rule. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

TRANSITIONS = {("called", "held"): "meeting.call", ("called", "cancelled"): "meeting.call"}
CODE_MINUTES = (
    30,
    240,
)  # the code counts from half an hour before the start to four hours after it; our own bounds


@dataclass(frozen=True)
class Change:
    """A stretch of lines: `what` is same, gone or new."""

    what: str
    lines: tuple[str, ...]


def difference(old: str, new: str) -> Iterator[Change]:
    """Yield what changed between two texts, line by line."""
    a, b = old.splitlines(), new.splitlines()
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", tuple(a[i1:i2]))
            continue
        if i1 < i2:
            yield Change("gone", tuple(a[i1:i2]))
        if j1 < j2:
            yield Change("new", tuple(b[j1:j2]))


def must_read(readers: str, titles: Iterable[str]) -> bool:
    """Whether somebody with these posts must read a rule; one that names nobody is for all."""
    words = readers.replace("、", " ").replace(",", " ").split()
    return not words or any(w in t for w in words for t in titles)
