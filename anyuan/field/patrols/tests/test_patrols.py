"""Rounds from the first point to the record they become, also when the phone was offline; and how they are spaced."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from anyuan.evidence import services as evidence
from anyuan.evidence.models import Fact
from anyuan.evidence.queries import words
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.patrols import jobs, queries, rules, services
from anyuan.patrols.models import Checkpoint, Round, Scan
from anyuan.people.models import Person
from anyuan.presence import queries as presence
from anyuan.presence.rules import code
from anyuan.reach.models import Message
from anyuan.units import services as units
from conftest import NOON, PIXEL


# -- spacing and order ----------------------------------------------------------
@given(st.lists(st.integers(0, 479), max_size=8), st.integers(1, 4), st.integers(0, 120))
def test_spacing_is_met_exactly_when_enough_rounds_can_be_chosen_apart(minutes, wanted, apart):
    """Against every choice of rounds, one by one."""
    from itertools import combinations

    starts = NOON
    began = sorted(starts + timedelta(minutes=m) for m in minutes)
    found = rules.spacing(
        starts,
        starts + timedelta(hours=8),
        [(b, b + timedelta(minutes=5)) for b in began],
        wanted=wanted,
        apart=apart,
    )
    possible = any(
        all(b - a >= timedelta(minutes=apart) for a, b in itertools.pairwise(chosen))
        for chosen in combinations(began, wanted)
    )
    assert ("few" in found.wrong) == (len(began) < wanted)
    assert ("few" not in found.wrong and "close" not in found.wrong) == possible
    if len(began) >= 2:
        assert ("late" in found.wrong) == (min(began) >= starts + timedelta(minutes=470))


def test_two_rounds_in_the_last_ten_minutes_are_no_watch():
    ends = NOON + timedelta(hours=8)
    rounds = [(ends - timedelta(minutes=m), ends) for m in (9, 3)]
    assert rules.spacing(NOON, ends, rounds, wanted=2, apart=30).wrong == ("close", "late")
    assert rules.spacing(NOON, ends, rounds, wanted=2, apart=5).wrong == ("late",)


@given(st.integers(0, 12), st.text(max_size=6), st.booleans())
def test_an_order_names_each_point_once(count, seed, placed):
    points = [
        rules.Point(i, i / 12 if placed else None, 0.5 if placed else None) for i in range(count)
    ]
    assert sorted(rules.order(points, seed)) == list(range(count))
    assert rules.order(points, seed) == rules.order(points, seed)


def test_the_order_cannot_be_foreseen():
    points = [rules.Point(i, (i % 3) / 3, (i // 3) / 3) for i in range(9)]
    assert len({tuple(rules.order(points, str(n))) for n in range(20)}) > 15


# -- rounds -------------------------------------------------------------------------
@pytest.fixture
def route(campus):
    school = campus.units["实验小学"]
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        places = [
            units.add_place(unit=school, name=n, kind="other") for n in ("东门", "操场", "食堂")
        ]
        made = services.set_route(
            unit=school,
            name="日巡",
            kind="day",
            rounds=2,
            apart=30,
            head_count=False,
            by=zhao,
            at=NOON,
        )
        services.set_points(route_id=made.pk, places=places, by=zhao, at=NOON)
    return made


def do(campus, function, who="王门卫", **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return function(by=viewer, **more)


def points(route):
    with acting(SYSTEM):
        return queries.points(route)


def scan(campus, key, point, minutes=0, who="王门卫", later=0, **more):
    at = NOON + timedelta(minutes=minutes)
    usual = {
        "code": code(presence.key(), point.place_id, version=1),
        "checkpoint_id": None,
        "seen": "fine",
        "note": "",
        "people": None,
        "metres": None,
        "skew": timedelta(0),
    }
    return do(
        campus,
        services.scan,
        who,
        key=key,
        scanned_at=at,
        at=at + timedelta(minutes=later),
        **{**usual, **more},
    )


def start(campus, route, who="王门卫", key=None):
    key = key or uuid4()
    do(campus, services.start, who, key=key, route_id=route.pk, started_at=NOON, at=NOON)
    return key


def test_a_round_ends_itself_when_every_point_is_reached_and_counts_as_one(campus, route):
    key = start(campus, route)
    assert start(campus, route, key=key) == key  # sent twice
    for i, point in enumerate(reversed(points(route))):  # any order will do
        assert scan(campus, key, point, minutes=i * 3).doubts == []
    scan(campus, key, points(route)[0], minutes=9)  # the same code again
    with acting(SYSTEM):
        found = Round.objects.get()
        assert (found.complete, Scan.objects.count()) == (True, 3)
        fact = Fact.objects.get(pk=found.fact_id)
        assert (fact.activity, fact.quantity, fact.how, words(fact).said["result"]) == (
            "patrol.round",
            1,
            "scanned",
            "3/3 点；一切正常",
        )
        assert Fact.objects.count() == 1


def test_missed_points_are_said_and_the_round_does_not_count(campus, route):
    key = start(campus, route)
    scan(campus, key, points(route)[0])
    ended = do(
        campus,
        services.end,
        key=key,
        ended_at=NOON + timedelta(minutes=5),
        at=NOON + timedelta(minutes=5),
    )
    assert (
        do(
            campus,
            services.end,
            key=key,
            ended_at=NOON + timedelta(minutes=9),
            at=NOON + timedelta(minutes=9),
        ).ended_at
        == ended.ended_at
    )
    with acting(SYSTEM):
        fact = Fact.objects.get(pk=ended.fact_id)
        assert (ended.complete, fact.quantity) == (False, 0)
        assert (
            "未到：操场、食堂" in words(fact).said["result"]
            or "未到：食堂、操场" in words(fact).said["result"]
        )


def test_what_is_seen_on_the_way_is_recorded_with_its_photo_however_often(campus, route):
    key = start(campus, route)
    point = points(route)[1]
    scan(
        campus,
        key,
        point,
        seen="hazard",
        note="灭火器压力低",
        uploads=[evidence.Upload("a.png", PIXEL)],
    )
    scan(campus, key, point, people=5)
    scan(
        campus,
        key,
        point,
        seen="stranger",
        note="陌生人翻墙",
        uploads=[evidence.Upload("a.png", PIXEL)],
    )
    found = scan(campus, key, point, seen="hazard", note="又一处：消火栓漏水")
    assert (found.seen, found.note, found.people, len(found.facts)) == (
        "hazard",
        "灭火器压力低；陌生人翻墙；又一处：消火栓漏水",
        5,
        3,
    )
    with acting(SYSTEM):
        facts = [Fact.objects.get(pk=pk) for pk in found.facts]
        assert [(f.activity, f.how, len(f.files)) for f in facts] == [
            ("hazard.found", "photographed", 1),
            ("patrol.seen", "photographed", 1),
            ("hazard.found", "typed", 0),
        ]


def test_what_is_reported_after_a_round_ended_is_in_its_record(campus, route):
    key = start(campus, route)
    for i, point in enumerate(points(route)):
        scan(campus, key, point, minutes=i * 3)
    with acting(SYSTEM):
        first = Round.objects.get().fact_id
    scan(campus, key, points(route)[2], minutes=12, seen="hazard", note="围墙裂缝")
    with acting(SYSTEM):
        found = Round.objects.get()
        assert found.fact_id != first
        assert "围墙裂缝" in words(Fact.objects.get(pk=found.fact_id)).said["result"]
        assert found.complete


def test_what_an_offline_phone_sends_after_the_clock_ended_the_round_still_counts(campus, route):
    key = start(campus, route)
    scan(campus, key, points(route)[0])
    with acting(SYSTEM):
        assert services.end_silent(NOON + timedelta(minutes=59)) == 0
        assert services.end_silent(NOON + timedelta(minutes=61)) == 1
        assert services.end_silent(NOON + timedelta(minutes=62)) == 0
        found = Round.objects.get()
        assert (found.complete, Fact.objects.get(pk=found.fact_id).by_name) == (False, "王门卫")
    for i, point in enumerate(points(route)[1:], 1):
        row = scan(campus, key, point, minutes=i * 4, later=120)
        assert row.doubts == ["sent_later"]
    with acting(SYSTEM):
        found.refresh_from_db()
        fact = Fact.objects.get(pk=found.fact_id)
        assert found.complete
        assert (fact.quantity, words(fact).said["reason"], fact.corrects_id is not None) == (
            1,
            "手机补传巡逻记录",
            True,
        )


def test_a_point_taken_off_during_a_round_is_still_part_of_it(campus, route):
    key = start(campus, route)
    first, *rest = points(route)
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        services.set_points(route_id=route.pk, places=[p.place for p in rest], by=zhao, at=NOON)
    for i, point in enumerate((first, *rest)):
        scan(campus, key, point, minutes=i * 3)
    with acting(SYSTEM):
        assert Round.objects.get().complete
        assert Checkpoint.objects.filter(closed_on=None).count() == 2


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
            services.scan,
            key=key,
            code=code(presence.key(), other.pk, version=1),
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
        dormitory = services.set_route(
            unit=route.unit,
            name="一号楼查寝",
            kind="dormitory",
            rounds=1,
            apart=0,
            head_count=True,
            by=zhao,
            at=NOON,
        )
        services.set_points(
            route_id=dormitory.pk, places=[p.place for p in points(route)][:2], by=zhao, at=NOON
        )
        for point in queries.points(dormitory):
            services.place_point(
                checkpoint_id=point.pk, x=0.2, y=0.3, bends=[], stairs=True, expected=40, by=zhao
            )
    key = start(campus, dormitory)
    for i, point in enumerate(points(dormitory)):
        scan(campus, key, point, minutes=i * 5, people=38 + i)
    with acting(SYSTEM):
        fact = Fact.objects.get(activity="dormitory.check")
        assert (words(fact).said["people"], fact.slot, fact.quantity) == (77, "一号楼查寝", 1)
        # The check was made; that two beds are empty is said in its record, and not that all is well.
        assert all(
            w in words(fact).said["result"]
            for w in ("人数不足：", "东门 应到 40 人，点到 38 人", "操场 应到 40 人，点到 39 人")
        )
        assert "一切正常" not in words(fact).said["result"]
    assert (
        "2 处点名人数不足"
        in campus.client("陈主任").get(f"/rounds/{Round.objects.get().pk}/").content.decode()
    )


@pytest.fixture
def building(campus, route):
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        dormitory = services.set_route(
            unit=route.unit,
            name="一号楼查寝",
            kind="dormitory",
            rounds=1,
            apart=0,
            head_count=True,
            by=zhao,
            at=NOON,
        )
        services.set_points(
            route_id=dormitory.pk, places=[p.place for p in points(route)][:2], by=zhao, at=NOON
        )
        for point, expected in zip(queries.points(dormitory), (40, 0), strict=True):
            services.place_point(
                checkpoint_id=point.pk,
                x=0.2,
                y=0.3,
                bends=[],
                stairs=True,
                expected=expected,
                by=zhao,
            )
    return dormitory


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
        assert [(m.expected, m.people) for m in queries.missing([building.unit_id], NOON)] == [
            (40, 39)
        ]
        assert not queries.missing([building.unit_id], NOON + timedelta(hours=13))
        school, district = campus.units["实验小学"], campus.units["青禾区"]
        assert [
            [len(queries.overview([u], NOON + timedelta(minutes=m))) for m in (0, 11)]
            for u in (school, district)
        ] == [[1, 1], [0, 1]]
    scan(campus, key, first, minutes=9, people=40)
    assert (
        scan(campus, key, empty, minutes=12, people=0).people == 0
    )  # nobody sleeps there, and nobody was there
    with acting(SYSTEM):
        assert not queries.missing([building.unit_id], NOON)
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
        services.end,
        key=key,
        ended_at=NOON + timedelta(minutes=9),
        at=NOON + timedelta(minutes=9),
    )
    for i, point in enumerate(points(route)[1:]):
        scan(campus, key, point, minutes=600 + i)
    with acting(SYSTEM):
        found = Round.objects.get()
        assert not found.complete and {p.place.name for p in queries.walk(found).missed} == {
            "操场",
            "食堂",
        }
        assert "结束后才到：" in words(Fact.objects.get(pk=found.fact_id)).said["result"]
    page = campus.client("王门卫").get(f"/rounds/{found.pk}/").content.decode()
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
        services.set_points(
            route_id=route.pk,
            places=[a.place, c.place, added],
            by=zhao,
            at=NOON + timedelta(minutes=20),
        )
    key = uuid4()
    do(
        campus,
        services.start,
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
        services.start,
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
                services.start,
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
            services.set_route,
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
