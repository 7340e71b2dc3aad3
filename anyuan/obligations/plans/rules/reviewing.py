"""Which duties of a draft are shown together, and which may be accepted together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from anyuan.obligations.reading.holders import UNSAID


class Duty(Protocol):
    """What reviewing asks of a duty."""

    pk: int
    start: int
    order: int
    holder: str
    kind: str
    section: str
    measure: str
    review: str
    doubts: list[str]


# What a correction of one duty may be asked to change of its likes.
SHARED = ("holder", "activity", "applies_to")


def alike[D: Duty](duty: Duty, field: str, before: str, others: Iterable[D]) -> list[D]:
    """Duties that wait and were read the same wrong way: the same value in the same main
    section.
    """
    return [
        d
        for d in others
        if d.pk != duty.pk
        and d.review == "proposed"
        and getattr(d, field) == before
        and _main(d.section) == _main(duty.section)
    ]


def _main(section: str) -> str:
    """The first number of a section: 三 of 三、(一)2."""
    return re.split(r"[、(（.]", section, maxsplit=1)[0]


def is_unnamed(duty: Duty) -> bool:
    """Nobody is named who must act; such a duty binds nobody and can't be accepted."""
    return UNSAID in duty.holder.split("/")


def is_doubtful(duty: Duty) -> bool:
    return bool(duty.doubts)


def is_declared(duty: Duty) -> bool:
    return is_declared_measure(duty.measure)


def is_declared_measure(measure: str) -> bool:
    """Whether nothing is counted: people say that it is so."""
    return measure == "declared"


SHOWS = {
    "all": lambda duty: True,
    "open": lambda duty: duty.review == "proposed",
    "doubtful": is_doubtful,
    "unnamed": is_unnamed,
    "measured": lambda duty: not is_declared(duty),
    "declared": is_declared,
}


def shown[D: Duty](duties: Iterable[D], show: str) -> list[D]:
    """The duties of one filter: those that need a look first, then what is measured, then the rest,
    each in the order of the text. An unknown filter shows all.
    """
    wanted = SHOWS.get(show, SHOWS["all"])
    return sorted((d for d in duties if wanted(d)), key=_rank)


def _rank(duty: Duty) -> tuple[bool, bool, int, int, int]:
    waits = duty.review == "proposed" and (is_doubtful(duty) or is_unnamed(duty))
    return (not waits, duty.kind == "standing", duty.start, duty.order, duty.pk)


def counts(duties: Sequence[Duty]) -> dict[str, int]:
    """How many duties each filter shows."""
    return {name: sum(1 for d in duties if wanted(d)) for name, wanted in SHOWS.items()}


def takes_along(duty: Duty) -> bool:
    """Whether a duty may be accepted together with others, unlooked at."""
    return duty.review == "proposed" and not is_doubtful(duty) and not is_unnamed(duty)
