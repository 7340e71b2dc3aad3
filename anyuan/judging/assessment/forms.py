"""Reads what a board is narrowed to, a month, and what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from anyuan.kernel.http import number
from anyuan.kernel.scoping import Invisible
from anyuan.org.units.models import Unit


@dataclass(frozen=True)
class BoardForm:
    """Which schools and duties a board shows: of a town (id), a stage, a family of activities, a
    phase (id); empty: all.
    """

    town: str = ""
    kind: str = ""
    family: str = ""
    phase: str = ""
    sort: str = "attention"

    @classmethod
    def read(cls, data: Mapping[str, str]) -> BoardForm:
        given = {name: data[name] for name in cls.__dataclass_fields__ if data.get(name)}
        return cls(**given)

    def names(self, unit: Unit) -> bool:
        """Whether a school is one of those chosen."""
        in_town = not self.town or f"/{self.town}/" in unit.path
        return in_town and (not self.kind or unit.stage == self.kind)


def month_asked(data: Mapping[str, str], today: date) -> date:
    """The first day of the month that an address names, else of this one.

    :raises Invisible: a month that nobody plans for.
    """
    try:
        first = date.fromisoformat(data.get("month", "") + "-01")
    except ValueError:
        first = today.replace(day=1)
    if not 2000 <= first.year <= 2100:
        raise Invisible
    return first


MOST_AT_ONCE = 200  # declarations of one act


@dataclass(frozen=True)
class DeclareForm:
    """Several duties (unit id and obligation id, each once) and the one thing said of them."""

    duties: tuple[tuple[int, int], ...]
    result: str

    @classmethod
    def read(cls, data: QueryDict) -> DeclareForm:
        """:raises Invisible: something ticked that is no duty."""
        ticked = [duty.partition("-") for duty in data.getlist("duty")[:MOST_AT_ONCE]]
        duties = dict.fromkeys((number(unit), number(duty)) for unit, _dash, duty in ticked)
        return cls(tuple(duties), data.get("result", ""))
