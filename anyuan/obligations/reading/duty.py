"""What reading a plan gives: the plan, its duties, and the words that became none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import classify
from .binding import RECURRING
from .holders import UNSAID
from .measure import Measure
from .outline import Clause
from .source import Source
from .structure import Phase, Report

# The exchange form has one word for a time of walking round.
_EXCHANGED = dict.fromkeys(("遍", "趟", "回", "圈", "轮", "来回"), "次") | {"名": "人", "位": "人"}


@dataclass(frozen=True)
class Obligation:
    """A checkable duty. `start`, `end` are character offsets in the plan's text as given."""

    section: str
    start: int
    end: int
    quote: str
    duty_holder: str
    action: str
    activity: str
    comparator: str
    quantity: float | None
    quantity_max: float | None
    unit: str | None
    period: str
    per: str | None
    due: str | None
    applies_to: str
    rule: str
    kind: str
    doubts: tuple[str, ...] = ()  # why it may be wrong; such a duty is looked at before it is taken

    def as_row(self, doc: str) -> dict[str, Any]:
        """The exchange form of one obligation."""
        row = {
            "doc": doc,
            "section": self.section,
            "quote_start": self.quote[:12],
            "duty_holder": self.duty_holder,
            "action": self.action,
            "activity": classify.family(self.activity),
            "activity_code": self.activity,
            "comparator": self.comparator,
            "quantity": self.quantity,
            "unit": _EXCHANGED.get(self.unit or "", self.unit),
            "period": self.period,
            "per": self.per,
            "due": self.due,
            "applies_to": self.applies_to,
            "kind": self.kind,
            "span": [self.start, self.end],
            "rule": self.rule,
            "sure": round(1 / (1 + len(self.doubts)), 2),
            "doubts": list(self.doubts),
        }
        if self.quantity_max is not None:
            row["quantity_max"] = self.quantity_max
        return row


@dataclass(frozen=True)
class Unread:
    """Words with a number or a frequency that became no duty. `start`, `end` as of an obligation;
    `numbers` the words that were not understood, empty where the whole sentence was not.
    """

    start: int
    end: int
    text: str
    numbers: tuple[str, ...] = ()

    def as_row(self, doc: str) -> dict[str, Any]:
        """The exchange form: no duty, and nothing measured."""
        return {
            "doc": doc,
            "kind": "unread",
            "quote_start": self.text[:12],
            "text": self.text,
            "numbers": list(self.numbers),
            "span": [self.start, self.end],
            "activity": "other",
            "comparator": "exists",
            "quantity": None,
            "unit": None,
            "period": None,
            "due": None,
            "duty_holder": UNSAID,
            "applies_to": "all",
        }


@dataclass
class Plan:
    """One plan as read. `offset` is where its text begins in the file."""

    doc: str
    title: str
    text: str
    offset: int
    clauses: list[Clause]
    phases: list[Phase]
    bodies: list[str]
    roles: list[str]
    reports: list[Report]
    measures: int
    obligations: list[Obligation]
    unread: list[Unread]
    masked_years: bool
    source: Source = field(repr=False)

    def as_structure(self) -> dict[str, Any]:
        return {
            "doc": self.doc,
            "title": self.title,
            "phases": [{"name": p.name, "start": p.start, "end": p.end} for p in self.phases],
            "reports": [{"to": r.to, "due": r.due} for r in self.reports],
            "org_roles": self.roles,
            "bodies": self.bodies,
            "measures": self.measures,
            "outline": [
                {
                    "number": c.number,
                    "heading": c.heading[:60],
                    "span": list(self.source.span(c.start, c.end)),
                }
                for c in self.clauses
                if c.path
            ],
        }


def kind(o: Measure | Obligation) -> str:
    """quantified (a number other than a bare 一次), else dated, else periodic, else standing."""
    if o.quantity is not None and not (
        o.quantity == 1 and o.unit in (None, "次") and o.comparator == "=="
    ):
        return "quantified"
    if o.due and not o.due.startswith("@"):
        return "dated"
    if o.period in RECURRING:
        return "periodic"
    return "dated" if o.period in {"once", "before_date"} else "standing"
