"""Keeps cells: incrementally as facts come, day by day as windows open, and all of them again from
facts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connection, transaction

from anyuan.kernel import live
from anyuan.kernel.clock import LOCAL, local_day, midnight
from anyuan.obligations.plans.models import Binding
from anyuan.org.units import queries as units
from anyuan.org.units import rules as calendar
from anyuan.org.units.models import Unit

from .models import Week, Window
from .queries import boards
from .rules.schemas import COLUMNS
from .rules.verdicts import MEASURES, cells_sql

LOCK = 0x616E7975
HORIZON = timedelta(days=14)
BATCH = 200  # units rebuilt at a time
_STATEMENTS = dict(zip([m.__name__ for m in MEASURES], range(len(MEASURES)), strict=True))
_OWED = (
    'SELECT unit_id, obligation_id, calendar_id, activity, trigger, measure, comparator, "window",'
    " needed, cap, minutes::bigint AS minutes, post, from_minute::bigint AS from_minute,"
    " to_minute::bigint AS to_minute, starts, ends, opens_at, closes_at FROM plans_binding"
)
_COUNTED = (
    "SELECT COALESCE(f.root_id, f.id) AS id, f.unit_id, f.activity, f.quantity, f.slot, f.day,"
    " f.occurred_at, f.answers_id, f.obligation_id FROM evidence_fact f WHERE NOT f.withdrawn AND"
    " NOT EXISTS (SELECT FROM evidence_fact n WHERE n.corrects_id = f.id)"
)
_OPENED = (
    "SELECT calendar_id, kind, starts, ends, opens_at, closes_at FROM assessment_window WHERE"
    " opens_at <= %(now)s"
)
_DAYS = (
    "SELECT calendar_id, kind, d::date AS day, starts FROM opened,"
    " generate_series(starts::timestamp, (ends - 1)::timestamp, interval '1 day') d"
)
# Whoever signed in is there until they go, or until their shift ends. Only for days near an owed
# window: rosters hold years.
_SERVED = (
    "SELECT s.unit_id, k.post, d::date AS day, s.came_at AS starts_at, LEAST(COALESCE(s.left_at,"
    " s.ends_at), s.ends_at) AS ends_at FROM rosters_shift s JOIN stations_station t ON t.id ="
    " s.station_id, unnest(ARRAY[t.kind, '']::text[]) k(post), generate_series((s.came_at AT TIME"
    f" ZONE '{LOCAL.key}')::date::timestamp, (s.ends_at AT TIME ZONE"
    f" '{LOCAL.key}')::date::timestamp, interval '1 day') d"
    " WHERE s.came_at IS NOT NULL AND s.in_force"
)
_PLANNED = (
    "SELECT s.unit_id, k.post, d::date AS day FROM rosters_shift s JOIN stations_station t ON t.id"
    " = s.station_id, unnest(ARRAY[t.kind, '']::text[]) k(post), generate_series((s.starts_at AT"
    f" TIME ZONE '{LOCAL.key}')::date::timestamp, ((s.ends_at - interval '1 second') AT TIME ZONE"
    f" '{LOCAL.key}')::date::timestamp, interval '1 day') d WHERE s.in_force"
)
_EXCUSED = (
    "SELECT unit_id, obligation_id, starts, ends FROM duties_exemption WHERE state = 'granted'"
)
# A level holds from its day on, so a fact of the past touches every later window.
_HOLDING = {"level", "share"}
_OVERNIGHT = {"nightly", "present"}


@dataclass(frozen=True)
class Stretch:
    """Local days [first, last] that changed facts fall on; None: everything."""

    first: date
    last: date


def _alone() -> None:
    """Whoever makes cells, or counts them, waits for the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def catch_up(now: datetime) -> set[int]:
    """Assess what changed since last time; returns the units whose cells may have changed.

    One at a time: a second caller waits, then finds nothing left to do.
    """
    _alone()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_change RETURNING unit_id, activity, day")
        changes = cursor.fetchall()
    if not changes:
        return set()
    touched = {unit for unit, activity, _ in changes if activity}
    wide = [unit for unit, activity, _ in changes if not activity]
    if wide:
        touched |= _reassess_below(wide, now)
    narrow = [(u, a, d) for u, a, d in changes if a and u not in touched.intersection(wide)]
    if narrow:
        _assess_changes(narrow, now)
    Week.objects.filter(unit__in=touched).delete()
    live.notify("verdicts", units=sorted(touched)[:500])
    return touched


def _assess_changes(changes: Sequence[tuple[int, str, date]], now: datetime) -> None:
    pairs = sorted({(u, a) for u, a, _ in changes})
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.id, b.measure, b.obligation_id FROM plans_binding b
            JOIN unnest(%s::bigint[], %s::text[]) AS c(unit_id, activity) ON b.unit_id = c.unit_id
            WHERE b.activity = c.activity OR b.trigger = c.activity
               OR (c.activity = 'declaration' AND b.measure IN ('declared', 'never'))
            """,
            [[u for u, _ in pairs], [a for _, a in pairs]],
        )
        bindings = cursor.fetchall()
    stretch = Stretch(min(d for *_, d in changes), max(d for *_, d in changes))
    by_measure: dict[str, list[int]] = {}
    for pk, measure, _ in bindings:
        by_measure.setdefault(measure, []).append(pk)
    parts = [o for _, measure, o in bindings if measure == "level"]
    for measure, ids in by_measure.items():
        if measure != "share":
            _refresh(measure, "id = ANY(%(ids)s)", {"ids": sorted(set(ids))}, stretch, now)
    if parts:
        _refresh("share", "obligation_id = ANY(%(ids)s)", {"ids": sorted(set(parts))}, stretch, now)
        Week.objects.filter(
            unit__in=Binding.objects.filter(obligation__in=parts, measure="share").values("unit")
        ).delete()


def _reassess_below(unit_ids: Sequence[int], now: datetime) -> set[int]:
    """Throw away the cells of everything below these units and make them again, by the windows as
    they are now.
    """
    below = [u.pk for unit_id in dict.fromkeys(unit_ids) for u in units.below(units.get(unit_id))]
    touched = sorted(set(below))
    # Before, because a unit may have changed its calendar and its old cells stand where the new
    # windows' go;
    # after, because windows that open meanwhile get their cells for everybody.
    _forget(touched)
    open_windows(now)
    _forget(touched)
    _insert_many(_STATEMENTS, "unit_id = ANY(%(ids)s)", {"ids": touched}, "", now)
    return set(touched)


def _forget(unit_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM assessment_cell WHERE unit_id = ANY(%s)", [list(unit_ids)])


def _refresh(
    measure: str, which: str, params: dict[str, Any], stretch: Stretch, now: datetime
) -> None:
    """Throw away the cells that a stretch of days can have changed, and make them again."""
    # A night runs into the next day, and so does a shift.
    more = timedelta(days=1) if measure in _OVERNIGHT else timedelta(0)
    params = {
        **params,
        "measure": measure,
        "first": stretch.first - more,
        "last": stretch.last + more,
    }
    window = (
        "ends > %(first)s" if measure in _HOLDING else "ends > %(first)s AND starts <= %(last)s"
    )
    bounded = "" if measure in {"by", "within"} else f" AND {window}"
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM assessment_cell c USING plans_binding b WHERE b.unit_id = c.unit_id"
            " AND b.obligation_id = c.obligation_id AND c.measure = %(measure)s"
            f" AND b.{which}{bounded.replace('ends', 'c.ends').replace('starts', 'c.starts')}",
            params,
        )
    _insert(measure, which, params, bounded, now)


def _insert(measure: str, which: str, params: dict[str, Any], windows: str, now: datetime) -> int:
    """Make the cells of a few bindings, as one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO assessment_cell ({', '.join(COLUMNS)}) WITH owed AS ({_OWED} WHERE"
            f" {which}), opened AS ({_OPENED}{windows}), days AS ({_DAYS}), counted AS"
            f" ({_counted(measure, which)}), excused AS ({_EXCUSED}), {_on_duty(measure, which)} "
            + _select(measure),
            {**params, "now": now},
        )
        return int(cursor.rowcount)


def _insert_many(
    measures: Iterable[str], which: str, params: dict[str, Any], windows: str, now: datetime
) -> int:
    """Make the cells of many bindings. Its inputs become analysed temporary tables first:
    without knowing their sizes PostgreSQL chooses plans that take minutes for seconds."""
    values = {**params, "now": now}
    made = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.owed, pg_temp.opened, pg_temp.days")
        for name, query in (
            ("owed", f"{_OWED} WHERE {which}"),
            ("opened", _OPENED + windows),
            ("days", _DAYS),
        ):
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values)
            cursor.execute(f"ANALYZE {name}")
        for measure in measures:
            cursor.execute(
                f"INSERT INTO assessment_cell ({', '.join(COLUMNS)}) WITH counted AS NOT"
                f" MATERIALIZED ({_counted(measure, which)}), excused AS ({_EXCUSED}),"
                f" {_on_duty(measure, which)} " + _select(measure) + " ORDER BY unit_id, starts",
                # A unit's days lie side by side, as they do when each day adds its own: whoever
                # asks for its week reads a few pages.
                values,
            )
            made += cursor.rowcount
        cursor.execute("DROP TABLE pg_temp.owed, pg_temp.opened, pg_temp.days")
    return made


def _select(measure: str) -> str:
    return cells_sql()[_STATEMENTS[measure]].replace("%", "%%")


def _counted(measure: str, which: str) -> str:
    """The facts that count: none corrected, none withdrawn; a share looks at all units below."""
    if measure == "share" or which == "true":
        return _COUNTED
    return f"{_COUNTED} AND f.unit_id IN (SELECT unit_id FROM plans_binding WHERE {which})"


def _on_duty(measure: str, which: str) -> str:
    """The relations `served` and `planned`; of the units that owe, and only where presence is
    judged.
    """
    if measure != "present":
        return f"served AS ({_SERVED} LIMIT 0), planned AS ({_PLANNED} LIMIT 0)"
    whose = (
        "true"
        if which == "true"
        else f"s.unit_id IN (SELECT unit_id FROM plans_binding WHERE {which})"
    )
    return f"served AS ({_SERVED} AND {whose}), planned AS ({_PLANNED} AND {whose})"


@transaction.atomic
def count_weeks(now: datetime) -> bool:
    """Count ahead the weeks of some units whose count is not true any more; returns whether there
    may be others.
    """
    _alone()
    ids = boards.uncounted(now, BATCH)
    Week.objects.filter(unit__in=ids).delete()
    Week.objects.bulk_create([w for w in boards.weeks(ids, now) if w.until > now])
    return len(ids) == BATCH


# -- windows ------------------------------------------------------------------
@transaction.atomic
def open_windows(now: datetime, *, fill: bool = True) -> int:
    """Make the windows of every calendar up to two weeks ahead, and give those that have opened
    their cells.
    """
    _alone()
    today = local_day(now)
    for unit in units.calendars():
        terms, exceptions = units.terms(unit), units.exceptions(unit)
        if not terms:
            continue
        starts = min(t.starts for t in terms)
        until = today + HORIZON
        days = calendar.school_days(starts, until, terms, exceptions)
        wanted = list(calendar.windows(starts, until, terms, days))
        _close_windows(unit, wanted)
        Window.objects.bulk_create(
            [
                Window(
                    calendar=unit,
                    kind=w.kind,
                    starts=w.starts,
                    ends=w.ends,
                    opens_at=midnight(w.starts),
                    closes_at=midnight(w.ends),
                )
                for w in wanted
            ],
            ignore_conflicts=True,
            batch_size=2000,
        )
    if not fill:
        Window.objects.filter(filled=False, opens_at__lte=now).update(filled=True)
        return 0
    new = list(
        Window.objects.filter(filled=False, opens_at__lte=now)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not new:
        return 0
    made = _insert_many(
        [m for m in _STATEMENTS if m not in {"by", "within"}],
        "true",
        {"new": new},
        " AND id = ANY(%(new)s)",
        now,
    )
    Window.objects.filter(pk__in=new).update(filled=True)
    Week.objects.all().delete()
    live.notify("verdicts", units=[])
    return made


def _close_windows(unit: Unit, wanted: Sequence[calendar.WindowDates]) -> None:
    """Take away the windows that a changed calendar no longer makes; whoever changed it has what is
    owed reassessed.
    """
    keep = {(w.kind, w.starts, w.ends) for w in wanted}
    rows = (
        Window.objects.filter(calendar=unit)
        .order_by("pk")
        .values_list("pk", "kind", "starts", "ends")
    )
    gone = [pk for pk, *dates in rows if tuple(dates) not in keep]
    if gone:
        Window.objects.filter(pk__in=gone).delete()


@transaction.atomic
def rebuild(now: datetime) -> int:
    """Throw every cell away and make all again from facts and bindings; returns how many.

    Same rows, always.
    """
    _alone()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_change")
        cursor.execute("DELETE FROM assessment_cell")
        cursor.execute("DELETE FROM assessment_week")
    open_windows(now, fill=False)
    # Some units at a time, so that the work of each batch fits into memory however many there are;
    # a share looks at all of them.
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT unit_id FROM plans_binding ORDER BY unit_id")
        owing = [pk for (pk,) in cursor.fetchall()]
    own = [m for m in _STATEMENTS if m != "share"]
    made = sum(
        _insert_many(own, "unit_id = ANY(%(ids)s)", {"ids": list(batch)}, "", now)
        for batch in batched(owing, BATCH)
    )
    made += _insert_many(["share"], "measure IN ('share', 'level')", {}, "", now)
    live.notify("verdicts", units=[])
    return made


def snapshot(columns: Iterable[str] = COLUMNS) -> list[tuple[Any, ...]]:
    """Every cell as a row, in one order, to compare two ways of making them."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM assessment_cell ORDER BY unit_id, obligation_id, starts, slot"
        )
        return list(cursor.fetchall())
