"""Routes, head counts and pages of rounds."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from anyuan.field.patrols import jobs, rules
from anyuan.field.patrols.forms import RouteForm
from anyuan.field.patrols.models import Round
from anyuan.field.patrols.queries import rounds as rounds_queries
from anyuan.field.patrols.queries import routes as routes_queries
from anyuan.field.patrols.queries import waiting
from anyuan.field.patrols.services import rounds as rounds_services
from anyuan.field.patrols.services import routes
from anyuan.field.patrols.tests.stage_patrols import do, points, scan, start
from anyuan.field.presence.queries import place_codes
from anyuan.field.presence.rules import code
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.org.messages.models import Message
from anyuan.org.people.models import Person
from anyuan.org.units import services as units
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.queries import words
from conftest import NOON


def test_scans_too_quick_or_of_another_place_or_person(campus, route):
    key = start(campus, route)
    a, b, _c = points(route)
    scan(campus, key, a)
    assert scan(campus, key, b).doubts == [
        "too_quick"
    ]  # two codes within a second: a photographed sheet
    with acting(SYSTEM):
        other = units.add_place(unit=campus.units["实验小学"], name="别处", kind="other")
    with pytest.raises(Refused, match="不在本轮路线"):
        do(
            campus,
            rounds_services.scan,
            key=key,
            code=code(place_codes.key(), other.pk, version=1),
            checkpoint_id=None,
            seen="fine",
            note="",
            people=None,
            metres=None,
            skew=timedelta(0),
            scanned_at=NOON,
            at=NOON,
        )
    with pytest.raises(Refused, match="不是场所二维码"):
        scan(campus, key, a, code="nonsense")
    with pytest.raises(Refused, match="没有这一轮"):
        scan(campus, key, a, who="李老师")
    with pytest.raises(Refused, match="是别人的"):
        start(campus, route, who="李老师", key=key)
    with pytest.raises(Refused, match="不在您的范围"):
        start(campus, route, who="外人")


def test_heads_are_counted_against_the_list(campus, route):
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        dormitory = routes.set_route(
            given=RouteForm(
                name="一号楼查寝", kind="dormitory", rounds=1, apart=0, head_count=True
            ),
            unit=route.unit,
            by=zhao,
            at=NOON,
        )
        routes.set_points(
            route_id=dormitory.pk, places=[p.place for p in points(route)][:2], by=zhao, at=NOON
        )
        for point in routes_queries.points(dormitory):
            routes.place_point(
                checkpoint_id=point.pk, x=0.2, y=0.3, bends=[], stairs=True, expected=40, by=zhao
            )
    key = start(campus, dormitory)
    for i, point in enumerate(points(dormitory)):
        scan(campus, key, point, minutes=i * 5, people=38 + i)
    with acting(SYSTEM):
        fact = Fact.objects.get(activity="dormitory.check")
        assert (words(fact).said["people"], fact.slot, fact.quantity) == (77, "一号楼查寝", 1)
        # The check was made; that two beds are empty is said in its record, and not that all is
        # well.
        assert all(
            w in words(fact).said["result"]
            for w in ("人数不足：", "东门 应到 40 人，点到 38 人", "操场 应到 40 人，点到 39 人")
        )
        assert "一切正常" not in words(fact).said["result"]
    assert (
        "2 处点名人数不足"
        in campus.client("陈主任").get(f"/rounds/{Round.objects.get().pk}/").content.decode()
    )


def test_a_missing_pupil_is_said_at_once_and_until_found(campus, building, settings):
    settings.TEXT_GATEWAY, settings.ADDRESS = "https://gateway.example", "https://anyuan.example"
    with acting(SYSTEM):
        Person.objects.filter(name__in=["赵校长", "陈主任"]).update(phone="13800000001")
    key = start(campus, building)
    first, empty = points(building)
    scan(campus, key, first, people=39)
    with acting(SYSTEM):
        assert sorted(m.person.name for m in Message.objects.all()) == ["赵校长", "陈主任"]
        assert "应到 40 人，12:00 点到 39 人（王门卫）" in Message.objects.first().body
        assert [(m.expected, m.people) for m in waiting.missing([building.unit_id], NOON)] == [
            (40, 39)
        ]
        assert not waiting.missing([building.unit_id], NOON + timedelta(hours=13))
        school, district = campus.units["实验小学"], campus.units["青禾区"]
        assert [
            [len(waiting.overview([u], NOON + timedelta(minutes=m))) for m in (0, 11)]
            for u in (school, district)
        ] == [[1, 1], [0, 1]]
    scan(campus, key, first, minutes=9, people=40)
    assert (
        scan(campus, key, empty, minutes=12, people=0).people == 0
    )  # nobody sleeps there, and nobody was there
    with acting(SYSTEM):
        assert not waiting.missing([building.unit_id], NOON)
        assert Round.objects.get().complete and Message.objects.count() == 2
        assert "一切正常" in words(Fact.objects.get(activity="dormitory.check")).said["result"]


def test_a_head_count_without_heads_is_none(campus, building):
    key = start(campus, building)
    for i, point in enumerate(points(building)):
        scan(campus, key, point, minutes=i * 5)
    with acting(SYSTEM):
        assert not Round.objects.get().complete
        fact = Fact.objects.get(activity="dormitory.check")
        assert fact.quantity == 0 and "未点人数：" in words(fact).said["result"]
    assert (
        "2 处未点人数"
        in campus.client("陈主任").get(f"/rounds/{Round.objects.get().pk}/").content.decode()
    )


def test_points_tapped_at_the_desk_next_morning_belong_to_no_round(campus, route):
    key = start(campus, route)
    scan(campus, key, points(route)[0])
    do(
        campus,
        rounds_services.end,
        key=key,
        ended_at=NOON + timedelta(minutes=9),
        at=NOON + timedelta(minutes=9),
    )
    for i, point in enumerate(points(route)[1:]):
        scan(campus, key, point, minutes=600 + i)
    with acting(SYSTEM):
        walked = Round.objects.get()
        assert not walked.complete and {
            p.place.name for p in rounds_queries.walk(walked).missed
        } == {
            "操场",
            "食堂",
        }
        assert "结束后才到：" in words(Fact.objects.get(pk=walked.fact_id)).said["result"]
    page = campus.client("王门卫").get(f"/rounds/{walked.pk}/").content.decode()
    assert "本轮结束后才到" in page


@given(st.lists(st.integers(0, 400), max_size=8), st.none() | st.integers(0, 300), st.booleans())
def test_what_belongs_to_a_round(minutes, ended, timed_out):
    times = sorted(NOON + timedelta(minutes=m) for m in minutes)
    over = None if ended is None else NOON + timedelta(minutes=ended)
    mine = rules.belong(times, NOON, over, timed_out)
    assert (
        all(mine)
        if over is None
        else all(ok for t, ok in zip(times, mine, strict=True) if t <= over)
    )
    if over is not None and not timed_out:
        assert not any(ok for t, ok in zip(times, mine, strict=True) if t > over + rules.AFTER)


def test_a_round_begun_offline_has_the_points_it_began_with(campus, route):
    a, b, c = points(route)
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        added = units.add_place(unit=route.unit, name="新楼", kind="other")
        routes.set_points(
            route_id=route.pk,
            places=[a.place, c.place, added],
            by=zhao,
            at=NOON + timedelta(minutes=20),
        )
    key = uuid4()
    do(
        campus,
        rounds_services.start,
        key=key,
        route_id=route.pk,
        started_at=NOON,
        at=NOON + timedelta(hours=1),
        points=[a.pk, b.pk, c.pk],
    )
    for i, point in enumerate((a, b, c)):
        scan(campus, key, point, minutes=i * 3, later=60)
    with acting(SYSTEM):
        assert Round.objects.get().complete
    # But nobody leaves points out of a route that has not changed, nor brings in another's.
    other = uuid4()
    do(
        campus,
        rounds_services.start,
        key=other,
        route_id=route.pk,
        started_at=NOON + timedelta(hours=2),
        at=NOON + timedelta(hours=2),
        points=[a.pk],
    )
    with acting(SYSTEM):
        assert len(Round.objects.get(key=other).points) == 3


def test_a_day_of_rounds_costs_the_same_as_one(campus, route, django_assert_num_queries):
    client = campus.client("陈主任")

    def rounds_of(n):
        for i in range(n):
            key = uuid4()
            do(
                campus,
                rounds_services.start,
                key=key,
                route_id=route.pk,
                started_at=NOON + timedelta(minutes=i),
                at=NOON,
            )
            scan(campus, key, points(route)[0], minutes=i)

    rounds_of(1)
    client.get(f"/patrols/?day={NOON:%F}")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/patrols/?day={NOON:%F}")
    rounds_of(6)
    with django_assert_num_queries(len(one)):
        client.get(f"/patrols/?day={NOON:%F}")


def test_routes_have_bounds_and_their_office(campus, route):
    with pytest.raises(Denied):
        do(
            campus,
            routes.set_route,
            name="x",
            unit=route.unit,
            kind="day",
            rounds=1,
            apart=0,
            head_count=False,
            at=NOON,
        )
    client = campus.client("陈主任")
    for bad in (
        {"name": "x", "kind": "day", "rounds": "99", "apart": "5"},
        {"name": "", "kind": "day", "rounds": "1", "apart": "5"},
        {"name": "x", "kind": "?", "rounds": "1", "apart": "5"},
    ):
        assert client.post("/patrols/routes/set/", bad).status_code == 400
    point = points(route)[0]
    client.post(f"/patrols/points/{point.pk}/", {"x": "1.5", "y": "0.5"})
    point.refresh_from_db()
    assert point.x is None
    for bad in ("0.5", "0.5,2", "a,b", " ".join(["0.1,0.1"] * 21)):
        client.post(f"/patrols/points/{point.pk}/", {"x": "0.5", "y": "0.5", "bends": bad})
    point.refresh_from_db()
    assert (point.x, point.bends) == (None, [])
    client.post(
        f"/patrols/points/{point.pk}/", {"x": "0.5", "y": "0.5", "bends": "0.1,0.2 0.3,0.4"}
    )
    point.refresh_from_db()
    assert (point.x, point.bends) == (0.5, [[0.1, 0.2], [0.3, 0.4]])


def test_pages_show_what_is_missing_while_there_is_time(campus, route):
    key = start(campus, route)
    scan(campus, key, points(route)[0])
    with acting(SYSTEM):
        pk = Round.objects.get(key=key).pk
    page = campus.client("王门卫").get(f"/rounds/{pk}/").content.decode()
    assert "已到 1/3 点" in page
    assert campus.client("外人").get(f"/rounds/{pk}/").status_code == 404
    assert (
        campus.client("陈主任").get(f"/patrols/?unit={route.unit_id}&day=2026-05-20").status_code
        == 200
    )


def test_the_clock_looks_round_without_anybody(campus, route):
    start(campus, route)
    assert jobs.look_round(frozenset()) == frozenset()
    with acting(SYSTEM):
        assert (
            Round.objects.get().ended_at is not None
        )  # begun at noon of another day: an hour has passed
