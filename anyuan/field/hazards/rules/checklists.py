"""What is looked at where: the lists that are built in, and how one is written by an office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

YES, NO, ABSENT = "yes", "no", "absent"
ANSWERS = (YES, NO, ABSENT)
MOST_ITEMS, ITEM_LENGTH = 60, 80  # of a list; our own bounds
# Months of a season, as schools speak of it; our own words.
MONTHS = {"spring": (3, 4, 5), "summer": (6, 7, 8, 9), "autumn": (9, 10, 11), "winter": (12, 1, 2)}


@dataclass(frozen=True)
class Item:
    """One thing to look at; `source` says who demands it, where that is known."""

    text: str
    source: str = ""


@dataclass(frozen=True)
class Builtin:
    """A list that every unit has. `kinds` are kinds of places; no season: all the year."""

    code: str
    name: str
    kinds: tuple[str, ...]
    whole: bool
    items: tuple[Item, ...]
    season: str = ""


@cache
def builtin() -> dict[str, Builtin]:
    """The lists that are built in, by their code."""
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return {
        row["code"]: Builtin(
            code=row["code"],
            name=row["name"],
            kinds=tuple(row["kinds"]),
            whole=row["whole"],
            items=tuple(Item(**item) for item in row["items"]),
            season=row.get("season", ""),
        )
        for row in rows
    }


def is_in_season(season: str, day: date) -> bool:
    return not season or day.month in MONTHS[season]


@dataclass(frozen=True)
class Answered:
    """What was seen of one item. `hazard_id`: the one that was found."""

    text: str
    answer: str
    note: str = ""
    hazard_id: int | None = None


def summed(place: str, answers: Sequence[Answered], *, whole: bool) -> str:
    """What the record of an inspection says. It is kept, so it is Chinese."""
    wrong = [a for a in answers if a.answer == NO]
    looked = sum(a.answer != ABSENT for a in answers)
    said = f"{place}：查{looked}项"
    if whole:
        said += "（整体确认，未逐项）"
    if not wrong:
        return f"{said}，未发现隐患"
    return f"{said}，隐患{len(wrong)}条：" + "；".join(a.note or a.text for a in wrong)
