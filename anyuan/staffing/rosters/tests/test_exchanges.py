"""Leave, stand-ins and swaps."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.messages.models import Address, Message
from anyuan.org.people.services import leaving
from anyuan.staffing.rosters.models import Shift, StandInRequest
from anyuan.staffing.rosters.queries import posing
from anyuan.staffing.rosters.queries import swaps as swaps_queries
from anyuan.staffing.rosters.services import making, stand_in, swaps
from anyuan.staffing.rosters.tests.stage_rosters import MONDAY, act, published
from anyuan.staffing.stations.models import DutyCard, Station
from anyuan.staffing.stations.services import manning
from conftest import NOON


def test_a_swap_needs_the_other_and_one_approval(campus, manned):
    published(campus)
    with acting(SYSTEM):
        all_ = list(
            Shift.objects.filter(station=manned["drop"], in_force=True).order_by("starts_at", "pk")
        )
        on = {(s.day, s.person_id) for s in all_}
        one, two = next(
            (a, b)
            for a in all_
            for b in all_
            if a.day != b.day and (a.day, b.person_id) not in on and (b.day, a.person_id) not in on
        )
        names = {p.pk: n for n, p in campus.people.items()}
        a, b = one.person_id, two.person_id
    with pytest.raises(Denied):
        act(campus, names[b], swaps.ask, mine_id=one.pk, theirs_id=two.pk, at=NOON)
    swap = act(campus, names[a], swaps.ask, mine_id=one.pk, theirs_id=two.pk, at=NOON)
    with pytest.raises(Refused):
        act(
            campus, "陈主任", swaps.decide, swap_id=swap.pk, grant=True, at=NOON
        )  # the other has not agreed
    with pytest.raises(Denied):
        act(campus, names[a], swaps.answer, swap_id=swap.pk, yes=True, at=NOON)
    act(campus, names[b], swaps.answer, swap_id=swap.pk, yes=True, at=NOON)
    assert (
        act(campus, "陈主任", swaps.decide, swap_id=swap.pk, grant=True, at=NOON).state
        == "approved"
    )
    with acting(SYSTEM):
        one.refresh_from_db()
        two.refresh_from_db()
        assert (one.person_id, two.person_id) == (b, a)


def test_two_change_places_or_nothing_happens(campus, manned):
    published(campus)
    with acting(SYSTEM):
        all_ = list(
            Shift.objects.filter(station=manned["drop"], in_force=True).order_by("starts_at", "pk")
        )
        on = {(s.day, s.person_id) for s in all_}
        one, two = next(
            (a, b)
            for a in all_
            for b in all_
            if a.day != b.day and (a.day, b.person_id) not in on and (b.day, a.person_id) not in on
        )
        night = Shift.objects.filter(station=manned["night"], in_force=True).first()
    act(campus, "陈主任", swaps.exchange, shift_id=one.pk, other_id=two.pk, at=NOON)
    with acting(SYSTEM):
        assert (Shift.objects.get(pk=one.pk).person_id, Shift.objects.get(pk=two.pk).person_id) == (
            two.person_id,
            one.person_id,
        )
    with pytest.raises(Refused, match="可排人员中"):
        act(campus, "陈主任", swaps.exchange, shift_id=one.pk, other_id=night.pk, at=NOON)
    with acting(SYSTEM):
        assert Shift.objects.get(pk=night.pk).person_id == night.person_id
    with pytest.raises(Denied):
        act(campus, "李老师", swaps.exchange, shift_id=one.pk, other_id=two.pk, at=NOON)
    names = {p.pk: n for n, p in campus.people.items()}
    with pytest.raises(Refused, match="可排人员中"):
        act(
            campus,
            names[night.person_id],
            swaps.ask,
            mine_id=night.pk,
            theirs_id=one.pk,
            at=NOON,
        )


def test_a_swap_is_void_once_a_shift_is_somebody_elses_or_off_the_roster(campus, manned):
    published(campus)
    with acting(SYSTEM):
        one, two = Shift.objects.filter(station=manned["night"], in_force=True).order_by(
            "starts_at"
        )[:2]
        names = {p.pk: n for n, p in campus.people.items()}
        third = next(
            n
            for n in ("子保安", "丑保安", "寅保安")
            if campus.people[n].pk not in {one.person_id, two.person_id}
        )
    swap = act(
        campus,
        names[one.person_id],
        swaps.ask,
        mine_id=one.pk,
        theirs_id=two.pk,
        at=NOON,
    )
    with acting(SYSTEM):
        Shift.objects.filter(pk=one.pk).update(person=campus.people[third])
        assert not swaps_queries.swaps(one.unit)
    with pytest.raises(Invisible):
        act(campus, names[two.person_id], swaps.answer, swap_id=swap.pk, yes=True, at=NOON)
    with pytest.raises(Invisible):
        act(campus, "陈主任", swaps.decide, swap_id=swap.pk, grant=True, at=NOON)


def test_whoever_said_no_or_came_too_late_may_be_asked_again_also_once_it_has_begun(
    campus, manned, settings
):
    settings.MAIL_FROM, settings.ADDRESS = "anyuan@example.cn", "https://anyuan.example.cn"
    published(campus)
    with acting(SYSTEM):
        for person in campus.people.values():
            Address.objects.create(
                unit=person.unit, person=person, mail="a@example.cn", confirmed_at=NOON
            )
    with acting(SYSTEM):
        shift = (
            Shift.objects.filter(station=manned["drop"], in_force=True)
            .order_by("starts_at")
            .first()
        )
    other = next(
        n
        for n in ("甲老师", "乙老师", "丙老师", "丁老师")
        if not Shift.objects.filter(day=shift.day, person=campus.people[n]).exists()
    )
    with pytest.raises(Refused, match="请先勾选"):
        act(campus, "陈主任", stand_in.ask, shift_id=shift.pk, persons=[], at=NOON)
    assert (
        act(
            campus,
            "陈主任",
            stand_in.ask,
            shift_id=shift.pk,
            persons=[campus.people[other]],
            at=NOON,
        )
        == 1
    )
    with acting(SYSTEM):
        asked = StandInRequest.objects.get()
    act(campus, other, stand_in.answer, request_id=asked.pk, yes=False, at=NOON)
    with acting(SYSTEM):
        # It also left the pages, for whoever some way leads to.
        (said,) = Message.objects.all()
        assert said.person_id == campus.people[other].pk
        assert said.body.endswith("https://anyuan.example.cn/")
    begun = shift.starts_at + timedelta(minutes=5)
    assert (
        act(
            campus,
            "陈主任",
            stand_in.ask,
            shift_id=shift.pk,
            persons=[campus.people[other]],
            at=begun,
        )
        == 1
    )
    with acting(campus.viewer(other)):
        assert [r.pk for r in swaps_queries.requests_to(campus.people[other].pk, begun)] == [
            asked.pk
        ]
    assert (
        act(campus, other, stand_in.answer, request_id=asked.pk, yes=True, at=begun).answer == "yes"
    )


def test_who_leaves_hands_over_shifts_and_stations(campus, manned):
    published(campus)
    zi = campus.people["子保安"]
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        theirs = leaving.belongings(zi)
        assert {b.kind for b in theirs} >= {"serving"}
        leaving.leave(
            person=zi,
            heirs={b.key: campus.people["丑保安"] if b.kind == "serving" else None for b in theirs},
            by=zhao,
            at=NOON,
        )
        assert (
            posing.people_facts(campus.units["实验小学"], MONDAY, MONDAY + timedelta(days=1)) != []
        )
        assert zi.pk not in {
            p.id
            for p in posing.people_facts(
                campus.units["实验小学"], MONDAY, MONDAY + timedelta(days=1)
            )
        }


@pytest.mark.parametrize(
    "more, words",
    [
        ({"starts": MONDAY, "ends": MONDAY}, "1 至 200 天"),
        ({"starts": date(2030, 1, 1), "ends": date(2030, 1, 8)}, "太远"),
        ({"starts": MONDAY, "ends": MONDAY + timedelta(days=300)}, "1 至 200 天"),
    ],
)
def test_a_roster_over_nonsense_is_refused(campus, manned, more, words):
    with pytest.raises(Refused, match=words):
        act(
            campus,
            "陈主任",
            making.ask,
            unit=campus.units["实验小学"],
            title="x",
            weights={},
            at=NOON,
            **more,
        )


def test_without_stations_or_people_it_says_what_to_enter_first(campus):
    with pytest.raises(Refused, match="请先设置岗位"):
        act(
            campus,
            "陈主任",
            making.ask,
            unit=campus.units["实验小学"],
            title="x",
            starts=MONDAY,
            ends=MONDAY + timedelta(days=7),
            weights={},
            at=NOON,
        )
    act(
        campus,
        "陈主任",
        manning.add_station,
        unit=campus.units["实验小学"],
        name="门岗",
        kind="gate",
        place=None,
        starts=time(7),
        ends=time(9),
        when="every_day",
        people=1,
        at=NOON,
    )
    with pytest.raises(Refused, match="可排人员"):
        act(
            campus,
            "陈主任",
            making.ask,
            unit=campus.units["实验小学"],
            title="x",
            starts=MONDAY,
            ends=MONDAY + timedelta(days=7),
            weights={},
            at=NOON,
        )


def test_a_teacher_makes_no_roster_and_another_school_sees_none(campus, manned):
    with pytest.raises(Denied):
        act(
            campus,
            "李老师",
            manning.add_station,
            unit=campus.units["实验小学"],
            name="x",
            kind="gate",
            place=None,
            starts=time(7),
            ends=time(9),
            when="every_day",
            people=1,
            at=NOON,
        )
    with acting(campus.viewer("外人")):
        assert not Station.objects.exists()
        assert not DutyCard.objects.exists()
