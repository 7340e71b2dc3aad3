"""Many schools at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.urls import reverse

from anyuan.kernel import finding, manifest
from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.finding import Found
from anyuan.kernel.pages import Square
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.models import Obligation
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..models import Week
from ..rules.verdicts import changes_sql
from .cells import ATTENTION, RANK, YIELDS, verdict_case


@dataclass
class BoardRow:
    """One unit over a week: how many of its measured obligations stand where, each by its worst
    window; `squares` and what is to be declared once they are asked for.
    """

    unit: Unit
    counts: Counter[str] = field(default_factory=Counter)
    squares: dict[int, str] = field(default_factory=dict)
    shown: list[Square | None] = field(default_factory=list)  # those of a page's columns
    to_declare: int = 0
    declared: int = 0

    @property
    def attention(self) -> int:
        return sum(n for word, n in self.counts.items() if RANK[word] <= RANK["unknown"])


@dataclass
class Board:
    rows: list[BoardRow]
    totals: Counter[str]
    first: date
    last: date


# The worst of an obligation's windows over the week, by unit; what is only declared, and demands
# that yield to a stricter one, left out.
_WORST = (
    "SELECT t0.unit_id, t0.obligation_id, min(array_position(%(ranks)s::text[], {verdict}::text))"
    " AS worst, min({changes}) AS changes FROM assessment_cell t0 JOIN plans_binding b ON b.unit_id"
    " = t0.unit_id AND b.obligation_id = t0.obligation_id WHERE t0.unit_id = ANY(%(units)s) AND"
    " t0.measure <> 'declared' AND t0.starts <= %(today)s AND t0.ends > %(first)s AND"
    " (b.yields_to_id IS NULL OR NOT " + YIELDS + ") GROUP BY 1, 2"
)


def _worst(
    columns: str, unit_ids: Sequence[int], now: datetime, *, changes: bool = False
) -> list[tuple[Any, ...]]:
    today = local_day(now)
    with connection.cursor() as cursor:
        cursor.execute(
            columns.format(
                worst=_WORST.format(
                    verdict=verdict_case(), changes=changes_sql() if changes else "NULL"
                )
            ),
            {
                "units": list(unit_ids),
                "now": now,
                "today": today,
                "first": today - timedelta(days=6),
                "ranks": list(ATTENTION),
            },
        )
        return list(cursor.fetchall())


def weeks(unit_ids: Sequence[int], now: datetime) -> list[Week]:
    """The week of each unit counted from its cells, with how long that stays true."""
    found = {
        pk: Week(
            unit_id=pk,
            last=local_day(now),
            since=now,
            until=midnight(local_day(now) + timedelta(days=1)),
            counts={},
        )
        for pk in unit_ids
    }
    for pk, worst, n, changes in _worst(
        "SELECT unit_id, worst, count(*), min(changes) FROM ({worst}) w GROUP BY 1, 2",
        unit_ids,
        now,
        changes=True,
    ):
        found[pk].counts[ATTENTION[worst - 1]] = n
        found[pk].until = min(found[pk].until, changes or found[pk].until)
    return list(found.values())


def got_worse(unit_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """By unit: how many duties are short or breached this week and were not the week before. Only
    units where any are. Two queries.
    """
    fresh = _short(unit_ids, now) - _short(unit_ids, now - timedelta(days=7))
    return dict(Counter(unit_id for unit_id, _obligation in fresh))


def _short(unit_ids: Sequence[int], now: datetime) -> set[tuple[int, int]]:
    """The (unit, obligation) short or breached in the seven days up to a moment."""
    found = _worst("SELECT unit_id, obligation_id, worst FROM ({worst}) w", unit_ids, now)
    return {(u, o) for u, o, worst in found if ATTENTION[worst - 1] in {"short", "breached"}}


def uncounted(now: datetime, most: int) -> list[int]:
    """Units that owe something and whose counted week is not true now; so many at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT b.unit_id FROM plans_binding b WHERE NOT EXISTS (SELECT FROM"
            " assessment_week w WHERE w.unit_id = b.unit_id AND w.last = %s AND w.since <= %s AND"
            " w.until > %s) LIMIT %s",
            [local_day(now), now, now, most],
        )
        return [pk for (pk,) in cursor.fetchall()]


def board(units_: Sequence[Unit], now: datetime) -> Board:
    """Units over the seven days up to `now`; the ones that need attention first.

    Two queries: what was counted ahead and is still true, and the rest from their cells.
    """
    today = local_day(now)
    rows = {u.pk: BoardRow(u) for u in units_}
    counted = dict(
        Week.objects.filter(unit__in=list(rows), last=today, since__lte=now, until__gt=now)
        .order_by()
        .values_list("unit_id", "counts")
    )
    for unit_id, counts in counted.items():
        rows[unit_id].counts.update(counts)
    rest = [pk for pk in rows if pk not in counted]
    for unit_id, worst, n in (
        _worst("SELECT unit_id, worst, count(*) FROM ({worst}) w GROUP BY 1, 2", rest, now)
        if rest
        else ()
    ):
        rows[unit_id].counts[ATTENTION[worst - 1]] += n
    totals: Counter[str] = Counter()
    for row in rows.values():
        totals.update(row.counts)
    return Board(
        sorted(rows.values(), key=lambda r: (-r.attention, r.unit.path)),
        totals,
        today - timedelta(days=6),
        today,
    )


def find_schools(viewer: Viewer, text: str) -> list[Found]:
    """Schools by name; each leads to its month."""
    schools = [u for u in units.visible_below(viewer) if u.is_campus]
    found = finding.best(text, schools, lambda u: u.name)
    page = reverse("month")
    return [Found(u.name, f"{page}?unit={u.pk}", u.get_stage_display()) for u in found]


def fill(rows: Sequence[BoardRow], now: datetime) -> list[Obligation]:
    """Give the rows of one page their squares and what they have to declare; returns the
    obligations in the squares, in the order of the plans. Four queries.
    """
    by_unit = {r.unit.pk: r for r in rows}
    for unit_id, obligation_id, worst in _worst(
        "SELECT unit_id, obligation_id, worst FROM ({worst}) w", list(by_unit), now
    ):
        by_unit[unit_id].squares[obligation_id] = ATTENTION[worst - 1]
    for unit_id, to_declare, declared in _declarations(list(by_unit), now):
        by_unit[unit_id].to_declare, by_unit[unit_id].declared = to_declare, declared
    known = plans.obligations({o for r in rows for o in r.squares})
    return sorted(known.values(), key=lambda o: (o.plan_id, o.start, o.order))


def lay_out(rows: Sequence[BoardRow], duties: Sequence[Obligation]) -> None:
    """Give the rows of one page their cells, in the order of its columns."""
    for row in rows:
        page = reverse("worst", args=[row.unit.pk, 0]).removesuffix("0/")
        row.shown = [_square(row, duty, page) for duty in duties]


def _square(row: BoardRow, duty: Obligation, page: str) -> Square | None:
    verdict = row.squares.get(duty.pk)
    if verdict is None:
        return None
    said = manifest.label("verdict", verdict)
    return Square(verdict, f"{page}{duty.pk}/", f"{row.unit.name} · {duty.action}: {said}")


def _declarations(unit_ids: Sequence[int], now: datetime) -> list[tuple[int, int, int]]:
    """By unit: how much is to be declared in the windows open now, and how much of it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t0.unit_id, count(*), count(*) FILTER (WHERE t0.facts > 0) FROM assessment_cell"
            " t0 JOIN plans_binding b ON b.unit_id = t0.unit_id AND b.obligation_id ="
            " t0.obligation_id WHERE t0.unit_id = ANY(%(units)s) AND t0.measure = 'declared' AND"
            " t0.opens_at <= %(now)s AND t0.closes_at > %(now)s AND (b.yields_to_id IS NULL OR NOT "
            + YIELDS
            + ") GROUP BY 1",
            {"units": list(unit_ids), "now": now},
        )
        return list(cursor.fetchall())
