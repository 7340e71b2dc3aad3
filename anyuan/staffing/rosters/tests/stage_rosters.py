"""What the tests of rosters stand on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.services import accounts
from anyuan.staffing.rosters.models import Roster
from anyuan.staffing.rosters.queries import making as making_queries
from anyuan.staffing.rosters.queries import posing
from anyuan.staffing.rosters.rules import explaining
from anyuan.staffing.rosters.services import making, publishing
from anyuan.staffing.stations.services import manning, serving
from conftest import NOON, filled

MONDAY = date(2026, 5, 25)


def at(day, clock):
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


def act(campus, who, function, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return function(by=viewer, **filled(function, more))


@pytest.fixture
def manned(campus):
    """Two stations of 实验小学, with five teachers and three guards who may serve."""
    school = campus.units["实验小学"]
    names = {}
    with acting(SYSTEM):
        for i, name in enumerate(
            ["甲老师", "乙老师", "丙老师", "丁老师", "子保安", "丑保安", "寅保安"]
        ):
            names[name] = accounts.create(
                username=f"r{i}", name=name, unit=school, password="a-long-password", demo=True
            )
            accounts.grant(
                person=names[name],
                role="teacher" if "老师" in name else "guard",
                unit=school,
                since=date(2020, 1, 1),
            )
        campus.people |= names
    add = {"unit": school, "place": None, "at": NOON}
    drop = act(
        campus,
        "陈主任",
        manning.add_station,
        name="早护学岗",
        kind="drop_off",
        starts=time(7, 10),
        ends=time(7, 50),
        when="school_days",
        people=2,
        **add,
    )
    night = act(
        campus,
        "陈主任",
        manning.add_station,
        name="夜班",
        kind="night",
        starts=time(22),
        ends=time(6),
        when="every_day",
        people=1,
        **add,
    )
    act(
        campus,
        "陈主任",
        serving.set_serving,
        station_id=drop.pk,
        persons=[p for n, p in names.items() if "老师" in n],
        at=NOON,
    )
    act(
        campus,
        "陈主任",
        serving.set_serving,
        station_id=night.pk,
        persons=[p for n, p in names.items() if "保安" in n],
        at=NOON,
    )
    return {"drop": drop, "night": night}


def made(campus, days=14, weights=None, starts=MONDAY):
    found = act(
        campus,
        "陈主任",
        making.ask,
        unit=campus.units["实验小学"],
        title="值勤表",
        starts=starts,
        ends=starts + timedelta(days=days),
        weights=weights or {},
        at=NOON,
    )
    return finish(found)


def finish(found):
    """Make a roster that was asked for, as the worker would."""
    with acting(SYSTEM):
        posed = posing.posed(found)
        from anyuan.staffing.engine.search import Search

        outcome = Search(posed.problem, 2.0).run()
        making._write(found, posed, outcome.solution)
        Roster.objects.filter(pk=found.pk).update(
            state="made",
            conflicts=explaining.conflicts(
                posed,
                outcome.solution,
                [(b.day, b.kind) for b in outcome.score.breaches if b.rule == "cover"],
            ),
        )
    found.refresh_from_db()
    return found


def published(campus, **more):
    found = made(campus, **more)
    return act(campus, "陈主任", publishing.publish, roster_id=found.pk, at=NOON)


def _count(client, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


# -- repair, and drafts --------------------------------------------------------------
def solved(campus, found):
    """Make what was asked for, in this process."""
    with acting(SYSTEM):
        posed = posing.posed(making_queries.roster(found.pk))
        from anyuan.staffing.engine.search import Search

        outcome = Search(posed.problem, 3.0).run()
        making._write(found, posed, outcome.solution)
        Roster.objects.filter(pk=found.pk).update(state="made")
    found.refresh_from_db()
    return found
