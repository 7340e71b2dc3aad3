"""Rosters are asked for, made and put in force."""

from __future__ import annotations

from collections import Counter
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.staffing.rosters.models import Roster, Shift, StandInRequest
from anyuan.staffing.rosters.queries import making as making_queries
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.rosters.queries import substitutes
from anyuan.staffing.rosters.services import leave as leave_services
from anyuan.staffing.rosters.services import making, publishing, stand_in
from anyuan.staffing.rosters.tests.stage_rosters import MONDAY, act, at, made, published
from anyuan.staffing.stations.services import busy, manning, serving
from conftest import NOON


def test_a_roster_mans_each_station_on_its_days_and_shares_evenly(campus, manned):
    found = made(campus)
    with acting(SYSTEM):
        shifts = list(Shift.objects.filter(roster=found).select_related("station"))
        by_day = Counter((s.day, s.station.name) for s in shifts)
        assert not [s for s in shifts if s.person_id is None]
        assert by_day[MONDAY, "早护学岗"] == 2
        assert by_day[MONDAY + timedelta(days=5), "早护学岗"] == 0  # a Saturday
        assert by_day[MONDAY + timedelta(days=5), "夜班"] == 1
        night = next(s for s in shifts if s.station.name == "夜班")
        assert (night.starts_at, night.ends_at) == (
            at(night.day, "22:00"),
            at(night.day + timedelta(days=1), "06:00"),
        )
        counts = Counter(s.person_id for s in shifts if s.station.name == "夜班")
        assert max(counts.values()) - min(counts.values()) <= 1
        assert not found.conflicts


def test_what_is_asked_for_is_made_once_and_made_again_if_its_maker_died(
    campus, manned, monkeypatch
):
    """Here the maker is this process, within one transaction: what it tells meanwhile is seen in
    the journeys.
    """
    monkeypatch.setattr(making._Teller, "_run", lambda self: None)
    found = act(
        campus,
        "陈主任",
        making.ask,
        unit=campus.units["实验小学"],
        title="值勤表",
        starts=MONDAY,
        ends=MONDAY + timedelta(days=7),
        weights={"rest_hours": 9, "nonsense": 3, "nights": 5000},
        at=NOON,
    )
    assert found.weights == {"rest_hours": 9}
    again = act(
        campus,
        "陈主任",
        making.ask,
        unit=campus.units["实验小学"],
        title="值勤表",
        starts=MONDAY,
        ends=MONDAY + timedelta(days=7),
        weights={},
        at=NOON,
    )
    assert again.pk == found.pk  # a second click
    assert making.make(found.pk)
    assert not making.make(found.pk)  # it is made
    with acting(SYSTEM):
        found.refresh_from_db()
        assert (found.state, found.progress["empty"]) == ("made", 0)
        assert Shift.objects.filter(roster=found).count() == 5 * 2 + 7
        Roster.objects.filter(pk=found.pk).update(state="making", heard_at=NOON)
        assert making_queries.to_make(NOON + timedelta(seconds=1)) == [found.pk]  # its maker died
    making.fail(found.pk, "x")
    with acting(SYSTEM):
        found.refresh_from_db()
        assert found.state == "failed"


def test_lessons_leave_certificates_and_limits_hold(campus, manned):
    jia, yi, zi, chou = (campus.people[n] for n in ("甲老师", "乙老师", "子保安", "丑保安"))
    act(
        campus,
        "陈主任",
        busy.add,
        person=jia,
        kind="lesson",
        weekday=0,
        starts=None,
        ends=None,
        from_time=time(7),
        to_time=time(8),
        at=NOON,
    )
    act(
        campus,
        "乙老师",
        leave_services.ask,
        person=yi,
        starts_at=at(MONDAY + timedelta(days=1), "00:00"),
        ends_at=at(MONDAY + timedelta(days=2), "00:00"),
        kind="personal",
        at=NOON,
    )
    act(
        campus,
        "陈主任",
        serving.set_card,
        person=zi,
        gender="",
        certificate="保安员证",
        certificate_until=MONDAY + timedelta(days=3),
        most_a_week=None,
        at=NOON,
    )
    act(
        campus,
        "陈主任",
        serving.set_card,
        person=chou,
        gender="",
        certificate="保安员证",
        certificate_until=None,
        most_a_week=None,
        at=NOON,
    )
    act(
        campus,
        "陈主任",
        manning.add_station,
        unit=campus.units["实验小学"],
        name="夜班",
        kind="night",
        place=None,
        starts=time(22),
        ends=time(6),
        when="every_day",
        people=1,
        certificate="保安员证",
        at=NOON,
    )
    found = made(campus)
    with acting(SYSTEM):
        of = {(s.day, s.person_id) for s in Shift.objects.filter(roster=found)}
        assert (MONDAY, jia.pk) not in of
        assert (MONDAY + timedelta(days=1), yi.pk) not in of
        assert not [d for d, p in of if p == zi.pk and d >= MONDAY + timedelta(days=3)]
        assert not [d for d, p in of if p == campus.people["寅保安"].pk]  # no certificate
        # Certificate ends, and nobody serves two nights' worth alone for ever: what cannot be
        # manned says why.
        assert {p for d, p in of if d >= MONDAY + timedelta(days=3)} >= {chou.pk}


def test_what_cannot_be_manned_says_which_rules_collide(campus, manned):
    for name in ("子保安", "丑保安", "寅保安"):
        act(
            campus,
            "陈主任",
            serving.set_card,
            person=campus.people[name],
            gender="",
            certificate="",
            certificate_until=None,
            most_a_week=2,
            at=NOON,
        )
    found = made(campus, days=7)
    with acting(SYSTEM):
        assert Shift.objects.filter(roster=found, person=None).count() == 1
    (conflict,) = found.conflicts
    assert (conflict["station"], conflict["wanted"], conflict["able"]) == ("夜班", 1, 3)
    assert conflict["rules"] == ["too many a week"] == conflict["enough"]


def test_everybody_has_a_day_off_a_week_also_across_two_rosters(campus, manned):
    """One guard alone: his seventh night in a row stays empty and says why, and what he served
    before the roster counts.
    """
    act(
        campus,
        "陈主任",
        serving.set_serving,
        station_id=manned["night"].pk,
        persons=[campus.people["子保安"]],
        at=NOON,
    )
    first = made(campus, days=7)
    nights = Shift.objects.filter(station=manned["night"])
    with acting(SYSTEM):
        empty = nights.get(roster=first, person=None)
        assert first.conflicts[0]["rules"] == ["too many in a row"]
    act(campus, "陈主任", publishing.publish, roster_id=first.pk, at=NOON)
    with acting(campus.viewer("陈主任")):
        (only,) = substitutes.substitutes(shifts_queries.shift(empty.pk))
        assert only.hindrance == "too many in a row"
    second = made(campus, days=7, starts=MONDAY + timedelta(days=7))
    with acting(SYSTEM):
        served = {s.day for s in nights.filter(roster__in=[first, second], person__isnull=False)}
        assert not any(all(day + timedelta(days=n) in served for n in range(7)) for day in served)
    free = made(campus, days=7, starts=MONDAY + timedelta(days=14), weights={"most_in_a_row": 0})
    with acting(SYSTEM):
        assert not nights.filter(roster=free, person=None).exists()


def test_published_it_is_in_force_from_now_on_and_replaces_what_was(campus, manned):
    first = published(campus)
    second = made(campus, weights={"changes": 0, "nights": 1})
    with acting(SYSTEM):
        before = Shift.objects.filter(roster=first, in_force=True).count()
    act(
        campus,
        "陈主任",
        publishing.publish,
        roster_id=second.pk,
        at=at(MONDAY + timedelta(days=1), "12:00"),
    )
    with acting(SYSTEM):
        first.refresh_from_db()
        assert (
            Shift.objects.filter(roster=first, in_force=True).count() == 2 + 1 + 2
        )  # what had begun stays
        assert Shift.objects.filter(in_force=True).count() == before
        assert first.state == "published"
    with pytest.raises(Refused, match="刚被他人发布"):
        act(campus, "陈主任", publishing.publish, roster_id=second.pk, at=NOON)
    with pytest.raises(Refused, match="正在执行"):
        act(campus, "陈主任", making.discard, roster_id=second.pk, at=NOON)


def test_a_new_roster_keeps_what_stands_where_it_can(campus, manned):
    first = published(campus)
    again = made(campus)
    with acting(SYSTEM):
        assert making_queries.changes(again) == 0
        assert making_queries.changes(first) == 0


def test_nobody_is_in_two_places_even_where_the_code_forgets(campus, manned):
    published(campus)
    with acting(SYSTEM):
        night = Shift.objects.filter(station=manned["night"]).first()
        with pytest.raises(IntegrityError, match="nobody_in_two_places"), transaction.atomic():
            Shift.objects.create(
                unit=night.unit,
                roster=night.roster,
                station=manned["drop"],
                person=night.person,
                day=night.day,
                starts_at=night.starts_at,
                ends_at=night.ends_at,
                in_force=True,
            )


def test_substitutes_are_ranked_by_who_can_and_who_has_had_least(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = Shift.objects.filter(station=manned["night"], day=MONDAY + timedelta(days=3)).get()
        # What rest after a night would break is told as such.
        Shift.objects.filter(station=manned["night"], day=MONDAY + timedelta(days=2)).update(
            person=None
        )
        rows = substitutes.substitutes(shift)
        assert {r.person.name for r in rows} == {"子保安", "丑保安", "寅保安"} - {shift.person.name}
        assert [r.above for r in rows if not r.hindrance] == sorted(
            r.above for r in rows if not r.hindrance
        )
        told = shifts_queries.why(shift)
        assert told.may == 3


def test_leave_holds_only_when_somebody_stands_in(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = Shift.objects.filter(station=manned["drop"], day=MONDAY + timedelta(days=1)).first()
        mine, person = campus.people, shift.person
        name = next(n for n, p in mine.items() if p.pk == person.pk)
    day = MONDAY + timedelta(days=1)
    leave = act(
        campus,
        name,
        leave_services.ask,
        person=person,
        starts_at=at(day, "00:00"),
        ends_at=at(day, "23:00"),
        kind="errand",
        at=NOON,
    )
    assert (
        act(
            campus,
            name,
            leave_services.ask,
            person=person,
            starts_at=at(day, "00:00"),
            ends_at=at(day, "23:00"),
            kind="errand",
            at=NOON,
        ).pk
        == leave.pk
    )
    with pytest.raises(Refused, match="安排替班"):
        act(campus, "陈主任", leave_services.decide, leave_id=leave.pk, grant=True, at=NOON)
    with pytest.raises(Denied):
        act(campus, name, leave_services.decide, leave_id=leave.pk, grant=True, at=NOON)
    others = [p for n, p in mine.items() if "老师" in n and n not in {"李老师", name}]
    assert act(campus, "陈主任", stand_in.ask, shift_id=shift.pk, persons=others, at=NOON) >= 1
    assert (
        act(campus, "陈主任", stand_in.ask, shift_id=shift.pk, persons=others, at=NOON) == 0
    )  # asked once
    with acting(SYSTEM):
        first, *rest = (
            StandInRequest.objects.filter(shift=shift).select_related("person").order_by("pk")
        )
    with pytest.raises(Denied):
        act(campus, "李老师", stand_in.answer, request_id=first.pk, yes=True, at=NOON)
    who = next(n for n, p in mine.items() if p.pk == first.person_id)
    assert act(campus, who, stand_in.answer, request_id=first.pk, yes=True, at=NOON).answer == "yes"
    for late in rest:
        other = next(n for n, p in mine.items() if p.pk == late.person_id)
        with pytest.raises(Refused, match="已有人替班"):
            act(campus, other, stand_in.answer, request_id=late.pk, yes=True, at=NOON)
    assert (
        act(campus, "陈主任", leave_services.decide, leave_id=leave.pk, grant=True, at=NOON).state
        == "approved"
    )
    with pytest.raises(Refused, match="刚刚已作决定"):
        act(campus, "陈主任", leave_services.decide, leave_id=leave.pk, grant=False, at=NOON)
    with acting(SYSTEM):
        shift.refresh_from_db()
        assert shift.person_id == first.person_id
        # Who is on leave is no substitute that day.
        rows = {r.person.pk: r.hindrance for r in substitutes.substitutes(shift)}
        assert rows[person.pk] == "leave"


def test_what_was_published_says_whom_it_reached(campus, manned, monkeypatch):
    monkeypatch.setattr("anyuan.staffing.rosters.views.making.now", lambda: NOON)
    made_now = made(campus)
    client = campus.client("陈主任")
    page = client.post(f"/roster/{made_now.pk}/publish/", follow=True).content.decode()
    with acting(SYSTEM):
        on_it = set(Shift.objects.filter(in_force=True).values_list("person_id", flat=True))
    assert f"已发布：{len(on_it - {None})} 人" in page and "登录后可见" in page
    again = client.post(f"/roster/{made_now.pk}/publish/", follow=True).content.decode()
    assert "已发布：" not in again and "alert-danger" in again
