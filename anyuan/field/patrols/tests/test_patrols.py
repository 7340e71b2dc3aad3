"""Rounds are walked and become records."""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from anyuan.field.patrols import rules
from anyuan.field.patrols.models import PatrolPoint, Round, Scan
from anyuan.field.patrols.services import rounds as rounds_services
from anyuan.field.patrols.services import routes
from anyuan.field.patrols.tests.stage_patrols import do, points, scan, start
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.queries import words
from anyuan.record.evidence.services import files
from conftest import NOON, PIXEL


# -- spacing and order ----------------------------------------------------------
@given(st.lists(st.integers(0, 479), max_size=8), st.integers(1, 4), st.integers(0, 120))
def test_spacing_is_met_exactly_when_enough_rounds_can_be_chosen_apart(minutes, wanted, apart):
    """Against every choice of rounds, one by one."""
    from itertools import combinations

    starts = NOON
    began = sorted(starts + timedelta(minutes=m) for m in minutes)
    spacing = rules.spacing(
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
    assert ("few" in spacing.wrong) == (len(began) < wanted)
    assert ("few" not in spacing.wrong and "close" not in spacing.wrong) == possible
    if len(began) >= 2:
        assert ("late" in spacing.wrong) == (min(began) >= starts + timedelta(minutes=470))


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


def test_a_round_ends_itself_when_every_point_is_reached_and_counts_as_one(campus, route):
    key = start(campus, route)
    assert start(campus, route, key=key) == key  # sent twice
    for i, point in enumerate(reversed(points(route))):  # any order will do
        assert scan(campus, key, point, minutes=i * 3).doubts == []
    scan(campus, key, points(route)[0], minutes=9)  # the same code again
    with acting(SYSTEM):
        walked = Round.objects.get()
        assert (walked.complete, Scan.objects.count()) == (True, 3)
        fact = Fact.objects.get(pk=walked.fact_id)
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
        rounds_services.end,
        key=key,
        ended_at=NOON + timedelta(minutes=5),
        at=NOON + timedelta(minutes=5),
    )
    assert (
        do(
            campus,
            rounds_services.end,
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
        uploads=[files.Upload("a.png", PIXEL)],
    )
    scan(campus, key, point, people=5)
    scan(
        campus,
        key,
        point,
        seen="stranger",
        note="陌生人翻墙",
        uploads=[files.Upload("a.png", PIXEL)],
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
        walked = Round.objects.get()
        assert walked.fact_id != first
        assert "围墙裂缝" in words(Fact.objects.get(pk=walked.fact_id)).said["result"]
        assert walked.complete


def test_what_an_offline_phone_sends_after_the_clock_ended_the_round_still_counts(campus, route):
    key = start(campus, route)
    scan(campus, key, points(route)[0])
    with acting(SYSTEM):
        assert rounds_services.end_silent(NOON + timedelta(minutes=59)) == 0
        assert rounds_services.end_silent(NOON + timedelta(minutes=61)) == 1
        assert rounds_services.end_silent(NOON + timedelta(minutes=62)) == 0
        walked = Round.objects.get()
        assert (walked.complete, Fact.objects.get(pk=walked.fact_id).by_name) == (False, "王门卫")
    for i, point in enumerate(points(route)[1:], 1):
        row = scan(campus, key, point, minutes=i * 4, later=120)
        assert row.doubts == ["sent_later"]
    with acting(SYSTEM):
        walked.refresh_from_db()
        fact = Fact.objects.get(pk=walked.fact_id)
        assert walked.complete
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
        routes.set_points(route_id=route.pk, places=[p.place for p in rest], by=zhao, at=NOON)
    for i, point in enumerate((first, *rest)):
        scan(campus, key, point, minutes=i * 3)
    with acting(SYSTEM):
        assert Round.objects.get().complete
        assert PatrolPoint.objects.filter(closed_on=None).count() == 2
