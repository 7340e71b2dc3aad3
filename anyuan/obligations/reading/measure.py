"""Owns what one measure is, and how a bound is read around a quantity."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .numerals import approximate, parse
from .patterns import AFTER, AFTER_NEAR, BEFORE


@dataclass(frozen=True)
class Measure:
    """What a text asks in numbers; `start`, `end` within the sentence; quantities in `unit`."""

    start: int
    end: int
    rule: str
    comparator: str = "exists"
    quantity: float | None = None
    quantity_max: float | None = None
    unit: str | None = None
    period: str = "continuous"
    per: str | None = None
    due: str | None = None
    verb: str = ""
    period_at: int = -1  # where the words of the period begin; -1 if none are said
    doubt: str = ""  # why the reader is not sure; empty if it is


@dataclass(frozen=True)
class Period:
    start: int
    end: int
    period: str
    due: str | None = None
    words: str = ""


def value(match: re.Match[str], name: str = "n") -> float | None:
    text = match.groupdict().get(name)
    if text == "一个半":
        return 1.5
    if text and (both := approximate(text)):
        return both[0]
    if text is None and name == "m" and (both := approximate(match.groupdict().get("n") or "")):
        return both[1]
    return parse(text) if text else None


_FORBIDS = re.compile(r"不得|严禁|禁止|不应|避免|不准|不能")


def comparator(text: str, start: int, end: int, default: str = "==") -> str:
    """Read 至少 … 以上 around a quantity; the word before wins, doubled bounds agree."""
    before = BEFORE.search(text[max(0, start - 20) : start])
    if before:
        exceeds = re.match(r"超过|大于|多于|达", before.group())
        if exceeds and _FORBIDS.search(re.split(r"[;。]", text[:start])[-1]):
            return "<="
        return "<=" if before.group("most") else ">="
    after = AFTER_NEAR.match(text, end) or AFTER.match(text[: end + 10], end)
    if after and (after.group("least") or AFTER_NEAR.match(text, end)):
        return ">=" if after.group("least") else "<="
    return default
