"""A draft comes into force where meanwhile life went on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Placed:
    """A shift as it is put in force: by whom it was last given by hand, and whether somebody signed
    in.
    """

    id: int
    station_id: int
    person_id: int | None
    day: date
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime | None
    came: bool


def merged(
    standing: Sequence[Placed],
    draft: Sequence[Placed],
    asked_at: datetime,
    able: Callable[[int, int, datetime, datetime], bool],
    beside: Sequence[Placed] = (),
) -> tuple[set[int], set[int], set[int]]:
    """Put a draft in force where meanwhile life went on. Returns ids: of what stays in force, of
    the draft's shifts that give way to it, and of those left to nobody.

    A shift stays where somebody has signed in, or was given it by hand since the draft was asked
    for and later than by hand in the draft.
    Nobody's becomes what the draft gives to somebody who is no longer able (person, station, from,
    to), or who stands elsewhere then, also in what
    stands `beside`: what has begun, or lies before and after.
    """
    yields: set[int] = set()
    kept: list[Placed] = []
    for s in standing:
        if not _stays(s, asked_at):
            continue
        mate = _mate(s, draft, yields)
        if mate is not None and _given_later(mate, s):
            continue
        if mate is not None:
            yields.add(mate.id)
        kept.append(s)
    given = [d for d in draft if d.id not in yields and d.person_id is not None]
    taken = [*kept, *beside]
    nobodys = {d.id for d in given if not _may_serve(d, able) or _elsewhere(d, taken)}
    return {s.id for s in kept}, yields, nobodys


def _stays(s: Placed, asked_at: datetime) -> bool:
    by_hand = s.person_id is not None and s.changed_at is not None and s.changed_at > asked_at
    return s.came or by_hand


def _mate(s: Placed, draft: Sequence[Placed], yields: set[int]) -> Placed | None:
    """The draft's shift that gives way to one that stands: of the same person, if there is one."""
    place = (s.station_id, s.day)
    mates = [d for d in draft if (d.station_id, d.day) == place and d.id not in yields]
    return min(mates, key=lambda d: (d.person_id != s.person_id, d.id), default=None)


def _given_later(mate: Placed, s: Placed) -> bool:
    """Whether the draft's was given by hand after the one that stands, where nobody came yet."""
    if s.came or mate.changed_at is None or s.changed_at is None:
        return False
    return mate.changed_at > s.changed_at


def _may_serve(d: Placed, able: Callable[[int, int, datetime, datetime], bool]) -> bool:
    return d.person_id is not None and able(d.person_id, d.station_id, d.starts_at, d.ends_at)


def _elsewhere(d: Placed, taken: Sequence[Placed]) -> bool:
    own = [k for k in taken if k.person_id == d.person_id]
    return any(k.starts_at < d.ends_at and d.starts_at < k.ends_at for k in own)
