"""What a verdict is, case by case."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from anyuan.judging.assessment import services
from anyuan.judging.assessment.models import Week, Window
from anyuan.judging.assessment.queries import boards, cells
from anyuan.judging.assessment.tests.oracle import NOW, oracle
from anyuan.judging.assessment.tests.stage_verdicts import (
    ACTIVITIES,
    START,
    World,
    excused,
    happened,
    owed,
    served,
    verdicts,
    weeks_hold,
)
from anyuan.kernel.clock import midnight
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.duties.models import Exemption
from anyuan.obligations.plans.models import Obligation
from anyuan.org.units import services as units
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import recording
from conftest import NOON


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(owed, min_size=1, max_size=5),
    st.lists(happened, max_size=25),
    st.integers(0, 20 * 1440),
    st.integers(1, 5),
    st.lists(excused, max_size=2),
    st.lists(served, max_size=6),
)
def test_three_ways_to_the_same_verdicts(db, rows, events, minute, step, exempt, shifts):
    with acting(SYSTEM):
        point = transaction.savepoint_create()
        try:
            world = World(rows)
            recording.owed_changed(world.root)
            services.catch_up(NOW)
            recorded = []
            for i, event in enumerate(events):
                fact = world.live_through(event, recorded)
                if fact is not None:
                    recorded.append(fact)
                if i % step == 0:
                    services.catch_up(NOW)
            stood = [world.serve(row) for row in shifts]
            for row in exempt:
                world.excuse(row)
            services.catch_up(NOW)
            incremental = services.snapshot()
            services.rebuild(NOW)
            assert services.snapshot() == incremental
            now = midnight(START) + timedelta(minutes=minute) if minute % 2 else NOW
            ids = [u.pk for u in (world.root, *world.schools)]
            expected = oracle(
                world.bindings,
                list(Fact.objects.order_by("pk")),
                list(Window.objects.order_by("pk")),
                NOW,
                list(Exemption.objects.filter(state="granted")),
                stood,
            )
            assert verdicts(ids, NOW) == expected
            assert set(verdicts(ids, now)) == set(expected)
            weeks_hold([world.root, *world.schools], now)
        finally:
            transaction.savepoint_rollback(point)
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")


def test_a_week_counted_ahead_ends_when_silence_grows_too_long(db):
    """Every 90 minutes: what was due after a fact is short an hour and a half later, by the clock
    alone.
    """
    row = {
        "measure": "every",
        "post": "",
        "night": (0, 360),
        "window": "day",
        "needed": 1,
        "cap": None,
        "comparator": ">=",
        "first": 2,
        "length": 1,
    }
    opens = midnight(START + timedelta(days=2))  # the first after the holiday of May
    with acting(SYSTEM):
        world = World([row])
        recording.owed_changed(world.root)
        recording.record(
            unit=world.schools[0],
            fact=recording.NewFact(
                activity=ACTIVITIES["every"], occurred_at=opens + timedelta(hours=1)
            ),
            by=SYSTEM,
            at=NOW,
        )
        services.catch_up(NOW)
        weeks_hold([world.root, *world.schools], opens + timedelta(hours=1, minutes=10))
        week = Week.objects.get(unit=world.schools[0])
        assert (week.counts, week.until) == (
            {"due": 1},
            opens + timedelta(hours=2, minutes=30) - timedelta(seconds=1),
        )


def test_a_fact_of_the_past_reaches_its_own_window(campus, adopted):
    with acting(SYSTEM):
        services.catch_up(NOON)
        school = campus.units["实验小学"]
        duty = Obligation.objects.get(activity="hazard.inspection")
        april = cells.one(school.pk, duty.pk, date(2026, 4, 1), NOON)[0]
        assert april.verdict == "short"
        late = datetime.fromisoformat("2026-04-10T09:00:00+08:00")
        recording.record(
            unit=school,
            fact=recording.NewFact(activity="hazard.inspection", occurred_at=late),
            by=SYSTEM,
            at=NOON,
        )
        services.catch_up(NOON)
        assert cells.one(school.pk, duty.pk, date(2026, 4, 1), NOON)[0].verdict == "met"
        assert cells.one(school.pk, duty.pk, date(2026, 5, 1), NOON)[0].verdict == "due"


def test_what_is_not_known_is_unknown_and_never_met(campus, adopted):
    with acting(SYSTEM):
        services.catch_up(NOON)
        school, other, district = (campus.units[n] for n in ("实验小学", "柳湾中学", "青禾区"))
        guards = Obligation.objects.get(activity="guards.count")
        patrol = Obligation.objects.get(activity="patrol.round")
        assert cells.one(school.pk, guards.pk, date(2026, 5, 1), NOON)[0].verdict == "unknown"
        # 柳湾中学 never said how many shifts it has, so nobody can say whether each was walked.
        assert cells.one(other.pk, patrol.pk, date(2026, 5, 19), NOON)[0].verdict == "unknown"
        share = cells.shares(district.pk, NOON)[0]
        assert share.verdict == "unknown"
        recording.record(
            unit=school,
            fact=recording.NewFact(
                activity="defence.technical", occurred_at=NOON, payload={"holds": True}
            ),
            by=SYSTEM,
            at=NOON,
        )
        services.catch_up(NOON)
        share = cells.shares(district.pk, NOON)[0]
        assert (share.verdict, share.value) == ("met", Decimal(100))


@pytest.mark.parametrize("schools", [2, 12])
def test_the_board_asks_the_same_number_of_questions_whatever_its_rows(
    campus, adopted, django_assert_num_queries, schools
):
    with acting(SYSTEM):
        for i in range(schools):
            units.create(
                parent=campus.units["柳湾镇"],
                kind="school",
                name=f"新校{i}",
                opened_on=date(2020, 1, 1),
                stage="primary",
            )
        from anyuan.obligations.plans.services import binding
        from anyuan.org.units import queries as units_queries

        binding.bind(adopted)
        services.rebuild(NOON)
        rows = list(units_queries.campuses(campus.units["青禾区"]))
        with django_assert_num_queries(6):
            board = boards.board(rows, NOON)
            shown = boards.fill(board.rows[:5], NOON)
        assert len(board.rows) == schools + 2
        # The counts are those of the squares, and the squares those of the windows.
        for row in board.rows[:5]:
            assert Counter(row.squares.values()) == row.counts
            assert set(row.squares) <= {o.pk for o in shown}
