"""Owns what a roster is asked to be: people, days, kinds of shift, what must hold and what should.
Pure values.

Days and kinds and people are numbers from 0. Weights are whole numbers; a weight of None says
"must".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

Cell = tuple[int, int, int]  # person, day, kind
Solution = frozenset[Cell]
DAY_MINUTES = 1440
SHORT_REST = 8 * 60  # minutes between two shifts of following days, neither by night; our own bound
# of unfairness: the first shift above the mean costs 1, the second 2, … from the sixth on 6 each
TIERS = 6


# The kind served on the day before (-1: none) and for how many days it had been so; None: nothing
# is known, and no rule reaches back.
Before = tuple[int, int] | None


@dataclass(frozen=True)
class After:
    """What stands behind the last day: the kind of the next one (-1: none), for how many days it
    stays so, and whether those reach the end of everything.
    """

    kind: int
    days: int
    to_the_end: bool


@dataclass(frozen=True)
class Kind:
    """A kind of shift.

    Minutes count from its day's midnight; `ends` above 1440 reaches into the next day.
    """

    name: str
    starts: int
    ends: int
    minutes: int


@dataclass(frozen=True)
class Worker:
    """Somebody who may serve. `never` says for (day, kind) why not: leave, lesson, day off …

    `row_before` and `row_after` are how many days they serve without a break up to the first day,
    and from the one after the last;
    `week_taken` what they serve otherwise in the week of a day.
    """

    name: str
    able: frozenset[int]
    never: Mapping[tuple[int, int], str] = field(default_factory=dict)
    most: Mapping[int, int] = field(default_factory=dict)
    least_minutes: int | None = None
    most_minutes: int | None = None
    least_in_a_row: int = 1
    most_in_a_row: int | None = None
    least_off_in_a_row: int = 1
    most_weekends: int | None = None
    most_a_week: int | None = None
    most_a_day: int = 1
    row_before: int = 0
    row_after: int = 0
    week_taken: Mapping[int, int] = field(default_factory=dict)

    def most_of(self, week: Sequence[int]) -> int | None:
        """The most shifts in a week of these days; None: no limit."""
        return (
            None
            if self.most_a_week is None
            else max(0, self.most_a_week - self.week_taken.get(week[0], 0))
        )

    @property
    def plain(self) -> bool:
        """Whether a schedule of theirs is one shift a day within the days asked for, and nothing
        else counts.
        """
        return (
            self.most_a_day == 1
            and self.most_a_week is None
            and not self.row_before
            and not self.row_after
        )


@dataclass(frozen=True)
class Demand:
    """How many must serve on a day in a kind; what one too few or too many costs, None: not
    allowed.
    """

    day: int
    kind: int
    wanted: int
    under: int | None = None
    over: int | None = None


@dataclass(frozen=True)
class Wish:
    """Somebody would like to serve, or not to; `kind` None: in any kind on that day."""

    worker: int
    day: int
    kind: int | None
    wants: bool
    weight: int


@dataclass(frozen=True)
class Fair:
    """What should be shared evenly: the shifts in these (day, kind) among these people, counting
    what each did before.
    """

    name: str
    cells: frozenset[tuple[int, int]]
    among: tuple[int, ...]
    weight: int
    before: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """`weekends` and `weeks` are groups of days; `same_day` and `next_day` are the pairs of kinds
    one person cannot serve together.
    """

    days: int
    kinds: tuple[Kind, ...]
    workers: tuple[Worker, ...]
    demands: tuple[Demand, ...]
    wishes: tuple[Wish, ...] = ()
    fairs: tuple[Fair, ...] = ()
    weekends: tuple[tuple[int, ...], ...] = ()
    weeks: tuple[tuple[int, ...], ...] = ()
    same_day: frozenset[tuple[int, int]] = frozenset()
    next_day: frozenset[tuple[int, int]] = frozenset()

    @cached_property
    def wanted(self) -> dict[tuple[int, int], Demand]:
        return {(d.day, d.kind): d for d in self.demands}

    @cached_property
    def wishes_of(self) -> dict[int, list[Wish]]:
        """The wishes of each person who has any."""
        out: dict[int, list[Wish]] = {}
        for wish in self.wishes:
            out.setdefault(wish.worker, []).append(wish)
        return out

    @cached_property
    def follows_not(self) -> dict[int, tuple[int, ...]]:
        """For each kind those that may not come on the next day."""
        out: dict[int, list[int]] = {k: [] for k in range(len(self.kinds))}
        for first, second in self.next_day:
            out[first].append(second)
        return {k: tuple(sorted(v)) for k, v in out.items()}

    def may(self, worker: int, day: int, kind: int) -> bool:
        w = self.workers[worker]
        return kind in w.able and (day, kind) not in w.never

    @cached_property
    def mean(self) -> tuple[int, ...]:
        """For each fairness the whole number of shifts a person would have at an even share."""
        return tuple(
            (
                sum(f.before.get(w, 0) for w in f.among)
                + sum(d.wanted for d in self.demands if (d.day, d.kind) in f.cells)
            )
            // max(1, len(f.among))
            for f in self.fairs
        )


def rest_after(ends: int, rest: int) -> int:
    """The minutes of rest after a shift that ends at a minute of its day: whole after a night, else
    no more than `SHORT_REST`.
    """
    return rest if ends > DAY_MINUTES else min(rest, SHORT_REST)


def apart(
    kinds: Sequence[Kind], rest: int
) -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
    """The pairs of kinds that one person cannot serve on one day (they overlap), and on following
    days (less than `rest` minutes between).

    After a shift that ends beyond its own day the whole rest is asked for; after any other at most
    `SHORT_REST`.
    """
    same = {
        (a, b)
        for a, first in enumerate(kinds)
        for b, second in enumerate(kinds)
        if a < b and first.starts < second.ends and second.starts < first.ends
    }
    after = {
        (a, b)
        for a, first in enumerate(kinds)
        for b, second in enumerate(kinds)
        if first.ends + rest_after(first.ends, rest) > second.starts + DAY_MINUTES
    }
    return frozenset(same), frozenset(after)


def unfairness(above: int) -> int:
    """What shifts above the even share cost."""
    return sum(min(i, TIERS) for i in range(1, above + 1))


def by_person(solution: Iterable[Cell], people: int) -> list[dict[int, list[int]]]:
    """For each person the kinds served on each day."""
    out: list[dict[int, list[int]]] = [{} for _ in range(people)]
    for w, d, k in sorted(solution):
        out[w].setdefault(d, []).append(k)
    return out
