"""Reading, recording, assessing, pages: each against the least that could be done for the same."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anyuan.judging.assessment import services as assessment
from anyuan.kernel.clock import local_day, midnight, now
from anyuan.kernel.scoping import SYSTEM, acting, signing_in
from anyuan.obligations.plans.models import Binding, Obligation, Plan
from anyuan.obligations.reading import rules as reading
from anyuan.ops import supervisor as serving
from anyuan.org.people.services import accounts
from anyuan.org.units import queries as units_queries
from anyuan.org.units import services as units
from anyuan.org.units.models import Unit
from anyuan.record.evidence.services import recording

PAGE = 22 * 28  # characters of an official page, GB/T 9704-2012
# The year up to today, as pages ask for today.
NOW = now()
END = local_day(NOW) + timedelta(days=1)
START = END - timedelta(days=365)
PAST = NOW - timedelta(days=60)
rows: list[tuple[str, str, str, str]] = []


def timed(run: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the quickest of several runs."""
    taken = []
    for _ in range(times):
        gc.collect()
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def note(what: str, ours: str, baseline: str, ratio: str) -> None:
    rows.append((what, ours, baseline, ratio))
    print(f"{what:<58} {ours:>18} {baseline:>22} {ratio:>10}", flush=True)


def read_plans() -> None:
    samples = Path(__file__).parents[1] / "anyuan" / "ops" / "demo" / "samples"
    read = [p.read_text("utf-8") for p in sorted(samples.glob("*.txt"))]
    # No sentence twice, so that nothing is remembered.
    texts = [t.replace("。", f"（见附件{i}）。") for i in range(10) for t in read]
    pages = sum(map(len, texts)) / PAGE
    reading.read("x", texts[0])
    ours = timed(lambda: [reading.read("x", t) for t in texts])
    floor = timed(lambda: [re.findall(r"[^。;；\n]+|\d+|[每逐]", t) for t in texts])
    note(
        "plan reading, pages a second (baseline: split sentences)",
        f"{pages / ours:,.0f}/s",
        f"{pages / floor:,.0f}/s",
        f"{ours / floor:.0f}×",
    )


def district(schools: int, obligations: int) -> list[Unit]:
    """A district with its bindings over a year: half by day, a quarter by week, the rest by month
    or as levels.
    """
    opened = date(2015, 1, 1)
    root = units.create(parent=None, kind="district", name=f"区{schools}", opened_on=opened)
    # One town of ten schools and one of the rest, so that pages can be asked for 1, 10 and all.
    few, many = (
        units.create(parent=root, kind="town", name=name, opened_on=opened)
        for name in ("小镇", "大镇")
    )
    made = [
        units.create(
            parent=few if i < 10 else many,
            kind="school",
            name=f"校{i}",
            opened_on=opened,
            stage="primary",
        )
        for i in range(schools)
    ]
    units.set_term(unit=root, name="年", starts=START, ends=END)
    plan = Plan.objects.create(
        unit=root, title="方案", text="x", source_name="x", uploaded_at=NOW, uploaded_by="x"
    )
    shapes = [("count", "day", "patrol.round")] * 2 + [
        ("count", "week", "fire.check"),
        ("level", "month", "guards.count"),
    ]
    bindings = []
    for i in range(obligations):
        measure, window, activity = shapes[i % 4]
        o = Obligation.objects.create(
            plan=plan,
            unit=root,
            order=i,
            section="",
            start=i,
            end=i,
            rule="x",
            holder="学校",
            action=f"事{i}",
            activity=activity,
            measure=measure,
            comparator=">=",
            period=window,
            kind="periodic",
        )
        bindings += [
            Binding(
                unit=u,
                obligation=o,
                calendar=root,
                activity=activity,
                measure=measure,
                comparator=">=",
                window=window,
                needed=1 + i % 3,
                applies_to="all",
                starts=START,
                ends=END,
                opens_at=midnight(START),
                closes_at=midnight(END),
            )
            for u in made
        ]
    Binding.objects.bulk_create(bindings, batch_size=5000)
    return made


def raw_rows(unit: int, n: int, first: int) -> list[tuple[Any, ...]]:
    return [
        (
            unit,
            first + i,
            "patrol.round",
            1,
            "",
            local_day(PAST),
            PAST,
            PAST,
            "x",
            "typed",
            "{}",
            False,
            "[]",
            "0" * 64,
            "0" * 64,
        )
        for i in range(n)
    ]


COLUMNS = (
    "unit_id, seq, activity, quantity, slot, day, occurred_at, recorded_at, by_name, how, payload,"
    " withdrawn, files, prev_hash, hash"
)


def record(schools: list[Unit]) -> None:
    at = PAST
    fact = recording.NewFact(activity="patrol.round", occurred_at=at, payload={"place": "东门"})

    def singly() -> None:
        for _ in range(200):
            with acting(SYSTEM):
                recording.record(unit=schools[0], fact=fact, by=SYSTEM, at=at)

    def in_bulk() -> None:
        with acting(SYSTEM):
            recording.record_many(unit=schools[1], facts=[fact] * 5000, by=SYSTEM, at=at)

    with psycopg.connect(serving._server.get_uri(database="anyuan")) as link:
        place = ", ".join(["%s"] * 15)
        sequence = iter(range(10**6, 10**8))

        def insert() -> None:
            for _ in range(200):
                link.execute(
                    f"INSERT INTO evidence_fact ({COLUMNS}) VALUES ({place})",
                    raw_rows(schools[2].pk, 1, next(sequence))[0],
                )
                link.commit()

        def copy() -> None:
            with (
                link.cursor() as cursor,
                cursor.copy(f"COPY evidence_fact ({COLUMNS}) FROM STDIN") as out,
            ):
                for row in raw_rows(schools[3].pk, 5000, next(sequence) * 5000):
                    out.write_row(row)
            link.commit()

        one, raw = timed(singly), timed(insert)
        note(
            "recording singly, sealed in its chain (raw INSERT + commit)",
            f"{200 / one:,.0f}/s",
            f"{200 / raw:,.0f}/s",
            f"{one / raw:.1f}×",
        )
        many, copied = timed(in_bulk), timed(copy)
        note(
            "recording 5,000 in bulk (COPY)",
            f"{5000 / many:,.0f}/s",
            f"{5000 / copied:,.0f}/s",
            f"{many / copied:.1f}×",
        )


HAND_WRITTEN = """
  SELECT b.unit_id, b.obligation_id, w.starts, COALESCE(f.n, 0) AS n
  FROM plans_binding b JOIN assessment_window w 
    ON w.calendar_id = b.calendar_id AND w.kind = b."window" AND w.opens_at <= %(now)s
  LEFT JOIN (
    SELECT unit_id, activity, kind, starts, sum(quantity) AS n FROM (
      SELECT f.unit_id, f.activity, 'day' AS kind, f.day AS starts, f.quantity FROM evidence_fact f
      UNION ALL
      SELECT f.unit_id, f.activity, 'week', date_trunc('week', f.day)::date, f.quantity
      FROM evidence_fact f
    ) g GROUP BY 1, 2, 3, 4
  ) f
    ON f.unit_id = b.unit_id AND f.activity = b.activity
    AND f.kind = b."window" AND f.starts = w.starts
  WHERE b.measure = 'count'
"""


def assess(schools: list[Unit], obligations: int) -> None:
    with psycopg.connect(serving._server.get_uri(database="anyuan"), autocommit=True) as link:
        link.execute(
            f"INSERT INTO evidence_fact ({COLUMNS}) SELECT u, row_number() OVER () + 20000000000,"
            " a, 1, '', d::date, d + interval '10 hours', d + interval '10 hours', 'x', 'typed',"
            " '{}', false, '[]', repeat('0', 64), repeat('0', 64) FROM unnest(%s::bigint[]) u,"
            " unnest(ARRAY['patrol.round', 'patrol.round', 'fire.check']) a,"
            " generate_series(%s::date::timestamp AT TIME ZONE 'Asia/Shanghai',"
            " %s::date::timestamp AT TIME ZONE 'Asia/Shanghai', interval '1 day') d WHERE random()"
            " < 0.8",
            [[u.pk for u in schools], START, END - timedelta(days=2)],
        )
        link.execute("ANALYZE")
        with acting(SYSTEM):
            begin = time.perf_counter()
            made = assessment.rebuild(NOW)
            full = time.perf_counter() - begin
        link.execute("ANALYZE")
        with acting(SYSTEM), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = off")
            by_hand = timed(
                lambda: cursor.execute(
                    "CREATE TEMP TABLE h AS " + HAND_WRITTEN + ";DROP TABLE h", {"now": NOW}
                ),
                1,
            )
        name = f"{len(schools)} schools × {obligations} obligations, a year: {made:,} cells"
        note(
            f"full assessment, {name} (counts only, by hand)",
            f"{full:.1f} s",
            f"{by_hand:.1f} s",
            f"{full / by_hand:.1f}×",
        )

    def one_fact() -> None:
        with acting(SYSTEM):
            at = NOW - timedelta(days=1)
            recording.record(
                unit=schools[0],
                fact=recording.NewFact(activity="fire.check", occurred_at=at),
                by=SYSTEM,
                at=at,
            )
            assessment.catch_up(NOW)

    with acting(SYSTEM):
        begin = time.perf_counter()
        while assessment.count_weeks(NOW):
            pass
        counted = time.perf_counter() - begin
    note(
        f"weeks of {len(schools)} schools counted ahead (full assessment)",
        f"{1000 * counted:,.0f} ms",
        f"{1000 * full:,.0f} ms",
        f"1/{full / counted:,.0f}",
    )

    one_fact()
    step = timed(one_fact, 7)
    note(
        "one fact recorded and assessed (full assessment)",
        f"{1000 * step:.0f} ms",
        f"{1000 * full:,.0f} ms",
        f"1/{full / step:,.0f}",
    )


def pages(schools: list[Unit]) -> None:
    """Each list page for one school and for all: queries must not grow with rows; time may."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with acting(SYSTEM):
        town = units_queries.get(schools[0].parent_id or 0)
        root = units_queries.get(town.parent_id or 0)
        readers = []
        for name, unit in (("one", schools[0]), ("ten", town), ("all", root)):
            person = accounts.create(
                username=f"bench-{name}",
                name="何局长",
                unit=unit,
                password="a-long-password",
                demo=True,
            )
            accounts.grant(person=person, role="district_leader", unit=unit, since=START)
            readers.append(person)
    for name, url in {
        "home": "/",
        "board": "/board/",
        "month": f"/month/?unit={schools[0].pk}&month={PAST:%Y-%m}",
        "ledger": "/facts/",
        "plans": "/plans/",
        "summary": f"/reports/summary/?from={END - timedelta(days=182)}&until={END}",
    }.items():
        seen = []
        for who in readers:
            client = Client()
            with signing_in():
                client.force_login(who, backend="anyuan.org.accounts.sign_in.SignIn")
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                begin = time.perf_counter()
                assert client.get(url).status_code == 200
                seen.append((len(queries), time.perf_counter() - begin))
        note(
            f"page {name}: queries for 1, 10, {len(schools)} schools (time)",
            " / ".join(str(n) for n, _ in seen),
            " / ".join(f"{1000 * t:.0f}" for _, t in seen) + " ms",
            f"{seen[-1][1] / seen[0][1]:.1f}×",
        )


def main(schools: int) -> None:
    print(f"{'what (baseline)':<58} {'ours':>18} {'baseline':>22} {'ratio':>10}")
    read_plans()
    with acting(SYSTEM):
        made = district(schools, 60)
    record(made)
    assess(made, 60)
    pages(made)
