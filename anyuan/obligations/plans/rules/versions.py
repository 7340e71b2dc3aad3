"""Two versions of a plan compared; the states of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Protocol

from anyuan.record.activities import rules as activities


def key_words(action: str, activity_code: str) -> frozenset[str]:
    """The telling words of an action, by which two plans' demands are recognised as the same."""
    words = [w for w, n in activities.get(activity_code).words if n >= 5 and w in action]
    return frozenset(w for w in words if not any(w != o and w in o for o in words))


def open_items(reviews: Iterable[str]) -> int:
    return sum(1 for r in reviews if r == "proposed")


# -- moves --------------------------------------------------------------------
TRANSITIONS = {("draft", "adopted"): "plan.adopt", ("adopted", "retired"): "plan.adopt"}


# -- versions -----------------------------------------------------------------
class Duty(Protocol):
    """What comparing two versions of a plan asks of a duty."""

    pk: int
    action: str
    activity: str
    holder: str
    measure: str
    comparator: str
    quantity: Decimal | None
    measure_unit: str
    period: str
    per: str
    due: str
    applies_to: str


COMPARED = (
    "action",
    "activity",
    "holder",
    "comparator",
    "quantity",
    "measure_unit",
    "period",
    "per",
    "due",
    "applies_to",
)


ALIKE = 0.62  # below this two sentences speak of different things; chosen on the sample plans


@dataclass(frozen=True)
class Pair[D: Duty]:
    """A duty of the old version and its match in the new one; one of them None: dropped, or new."""

    old: D | None
    new: D | None
    changed: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        if self.old is None:
            return "new"
        if self.new is None:
            return "gone"
        return "changed" if self.changed else "same"

    @property
    def sides(self) -> tuple[D | None, D | None]:
        return self.old, self.new


def compare[D: Duty](old: Sequence[D], new: Sequence[D]) -> list[Pair[D]]:
    """Match two versions duty by duty, best matches first; in the order of the new one, what is
    gone at the end.
    """
    scored = sorted(
        ((_alike(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)),
        key=lambda s: (-s[0], s[1], s[2]),
    )
    of_new: dict[int, int] = {}
    taken: set[int] = set()
    for score, i, j in scored:
        if score >= ALIKE and i not in taken and j not in of_new:
            taken.add(i)
            of_new[j] = i
    pairs = [
        Pair(old[of_new[j]], b, _changes(old[of_new[j]], b)) if j in of_new else Pair(None, b)
        for j, b in enumerate(new)
    ]
    return pairs + [Pair(a, None) for i, a in enumerate(old) if i not in taken]


def _alike(a: Duty, b: Duty) -> float:
    if a.measure != b.measure and a.activity != b.activity:
        return 0.0
    words = SequenceMatcher(None, a.action, b.action)
    if words.quick_ratio() < 0.35:
        return 0.0
    return 0.6 * words.ratio() + 0.3 * (a.activity == b.activity) + 0.1 * (a.period == b.period)


def _changes(a: Duty, b: Duty) -> tuple[str, ...]:
    return tuple(name for name in COMPARED if getattr(a, name) != getattr(b, name))
