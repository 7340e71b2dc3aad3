"""A draft comes into force around what happened since."""

from __future__ import annotations

import dataclasses
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.org.messages.models import Message
from anyuan.org.people.models import Person
from anyuan.org.units import rules as calendar
from anyuan.staffing.rosters.models import Leave, Shift
from anyuan.staffing.rosters.queries import posing, substitutes
from anyuan.staffing.rosters.queries import swaps as swaps_queries
from anyuan.staffing.rosters.rules import bounds, merging
from anyuan.staffing.rosters.services import leave as leave_services
from anyuan.staffing.rosters.services import publishing, shifts, swaps
from anyuan.staffing.rosters.tests.stage_in_force import in_force, placed_shifts
from anyuan.staffing.rosters.tests.stage_rosters import (
    MONDAY,
    act,
    at,
    finish,
    made,
    published,
)
from anyuan.staffing.stations.models import DutyCard
from anyuan.staffing.stations.rules import PersonFacts, StationFacts, hindrance
from anyuan.staffing.stations.rules import manned as manned_on
from conftest import NOON


def test_a_draft_put_in_force_goes_round_what_happened_since(campus, manned):
    first = published(campus)
    draft = made(campus)
    office, tuesday, wednesday, thursday = (
        campus.viewer("陈主任"),
        *(MONDAY + timedelta(days=i) for i in (1, 2, 3)),
    )
    with acting(office):
        (night,) = in_force(tuesday, manned["night"])
        other = next(s.person for s in substitutes.substitutes(night) if s.hindrance is None)
        shifts.assign(
            shift_id=night.pk, person=other, by=office, at=NOON + timedelta(minutes=5)
        )  # by hand: stays
        (guard,) = in_force(wednesday, manned["night"])
    with acting(SYSTEM):
        Shift.objects.filter(pk=guard.pk).update(
            came_at=guard.starts_at - timedelta(minutes=9)
        )  # signed in early: stays
        gone = (
            Shift.objects.filter(roster=draft, station=manned["drop"], day=thursday)
            .order_by("pk")[0]
            .person
        )
        away = (
            Shift.objects.filter(roster=draft, station=manned["drop"], day=thursday)
            .order_by("pk")[1]
            .person
        )
        Leave.objects.create(
            unit=draft.unit,
            person=away,
            starts_at=at(thursday, "00:00"),
            ends_at=at(thursday, "23:00"),
            state="approved",
            asked_at=NOON,
        )
        type(gone).objects.filter(pk=gone.pk).update(
            left_on=tuesday, username=None, is_active=False
        )
    act(campus, "陈主任", publishing.publish, roster_id=draft.pk, at=NOON + timedelta(minutes=10))
    with acting(SYSTEM):
        assert [s.person for s in in_force(tuesday, manned["night"])] == [other]
        assert [s.pk for s in in_force(wednesday, manned["night"])] == [guard.pk]
        assert [s.person for s in in_force(thursday, manned["drop"])] == [None, None]
        assert not Shift.objects.filter(in_force=True, person=gone, starts_at__gt=NOON).exists()
        assert (
            not Shift.objects.filter(roster=first, in_force=True)
            .exclude(pk__in=[night.pk, guard.pk])
            .exists()
        )


def test_what_is_closed_stays_closed_when_an_older_draft_is_published(campus, manned):
    draft = made(campus)
    act(campus, "陈主任", publishing.close_station, station_id=manned["drop"].pk, at=NOON)
    act(campus, "陈主任", publishing.publish, roster_id=draft.pk, at=NOON)
    with acting(SYSTEM):
        assert not Shift.objects.filter(in_force=True, station=manned["drop"]).exists()
        assert Shift.objects.filter(in_force=True, station=manned["night"]).count() == 14
        served_ = Shift.objects.filter(roster=draft, station=manned["drop"]).first()
    # Its page still opens, though nobody serves there any more.
    assert campus.client("陈主任").get(f"/shifts/{served_.pk}/").status_code == 200


@given(
    st.lists(placed_shifts, max_size=8, unique_by=lambda s: s.id),
    st.lists(placed_shifts, max_size=8, unique_by=lambda s: s.id),
    st.sets(st.integers(0, 3)),
)
def test_nobody_is_in_two_places_after_merging_and_nothing_done_by_hand_is_lost(
    standing, draft, unable
):
    def once(rows):  # what is in force, and what is posed, has nobody in two places
        out = []
        for s in rows:
            if s.person_id is None or not any(
                o.person_id == s.person_id and o.starts_at < s.ends_at and s.starts_at < o.ends_at
                for o in out
            ):
                out.append(s)
        return out

    standing, draft = once(standing), [dataclasses.replace(s, came=False) for s in once(draft)]
    stay, yields, nobodys = merging.merged(standing, draft, NOON, lambda p, *_: p not in unable)
    after = [s for s in standing if s.id in stay] + [
        dataclasses.replace(d, person_id=None if d.id in nobodys else d.person_id)
        for d in draft
        if d.id not in yields
    ]
    people = [s for s in after if s.person_id is not None]
    assert all(
        a is b or a.person_id != b.person_id or a.ends_at <= b.starts_at or b.ends_at <= a.starts_at
        for a in people
        for b in people
    )
    assert {s.id for s in standing if s.came} <= stay
    assert all(
        s.changed_at and s.changed_at > NOON for s in standing if s.id in stay and not s.came
    )
    assert not any(d.person_id in unable for d in draft if d.id not in yields | nobodys)
    for cell in {
        (d.station_id, d.day) for d in draft
    }:  # as many as the draft had there, or those that stay
        posed, there = (sum((s.station_id, s.day) == cell for s in rows) for rows in (draft, after))
        assert there == max(
            posed, sum((s.station_id, s.day) == cell for s in standing if s.id in stay)
        )


@pytest.mark.parametrize("minutes", [-10, 5])
def test_a_shift_that_runs_without_anybody_is_repaired_too(campus, manned, minutes):
    published(campus, weights={"most_a_day": 2, "rest_hours": 10})
    with acting(SYSTEM):
        shift = in_force(MONDAY, manned["drop"])[0]
    begun = shift.starts_at + timedelta(minutes=5)
    draft = act(
        campus,
        "陈主任",
        shifts.repair,
        shift_id=shift.pk,
        at=shift.starts_at + timedelta(minutes=minutes),
    )
    assert (
        draft.weights["most_a_day"] == 2
        and draft.weights["rest_hours"] == 10
        and draft.weights["changes"] == bounds.MOST_WEIGHT
    )
    finish(draft)
    act(campus, "陈主任", publishing.publish, roster_id=draft.pk, at=begun + timedelta(minutes=1))
    with acting(SYSTEM):
        now_ = in_force(MONDAY, manned["drop"])
        assert (
            len(now_) == 2
            and all(s.person_id for s in now_)
            and shift.person_id not in {s.person_id for s in now_}
        )
        assert shift.pk in {s.pk for s in now_}


def test_a_swap_counts_what_each_gives_away(campus, manned, settings):
    settings.TEXT_GATEWAY = "https://gateway.example"
    published(campus)
    with acting(SYSTEM):
        mine = Shift.objects.filter(
            in_force=True, station=manned["drop"], starts_at__gt=NOON
        ).order_by("starts_at")[0]
        monday = mine.day - timedelta(days=mine.day.weekday())
        n = Shift.objects.filter(
            in_force=True, person=mine.person, day__gte=monday, day__lt=monday + timedelta(days=7)
        ).count()
        DutyCard.objects.filter(person=mine.person).update(most_a_week=n)
        theirs = next(
            s
            for s in Shift.objects.filter(
                in_force=True,
                station=manned["drop"],
                day__gt=mine.day,
                day__lt=monday + timedelta(days=7),
            ).exclude(person=mine.person)
            if not Shift.objects.filter(in_force=True, day=s.day, person=mine.person).exists()
            and not Shift.objects.filter(in_force=True, day=mine.day, person=s.person).exists()
        )
        Person.objects.filter(pk=theirs.person_id).update(phone="13800000001")
        viewer = Viewer(mine.person_id, mine.person.name)
        with acting(SYSTEM):
            for _twice in range(2):
                assert (
                    swaps.ask(mine_id=mine.pk, theirs_id=theirs.pk, by=viewer, at=NOON).state
                    == "asked"
                )
        assert "想换班" in Message.objects.get().subject
        assert (
            len(swaps_queries.swaps_asked_of(theirs.person_id, NOON)),
            len(swaps_queries.swaps_asked_of(mine.person_id, NOON)),
        ) == (1, 0)


def test_leave_binds_once_it_is_approved_and_can_be_taken_back(campus, manned):
    school = campus.units["实验小学"]
    person = campus.people["甲老师"]
    days = {"starts_at": at(MONDAY, "00:00"), "ends_at": at(MONDAY + timedelta(days=5), "00:00")}
    leave = act(
        campus, "甲老师", leave_services.ask, person=person, kind="personal", at=NOON, **days
    )

    def facts():
        with acting(SYSTEM):
            return next(
                p
                for p in posing.people_facts(school, MONDAY, MONDAY + timedelta(days=7))
                if p.id == person.pk
            )

    assert not facts().leaves and facts().busy[0][0] == "rather_not"
    act(campus, "陈主任", leave_services.decide, leave_id=leave.pk, grant=True, at=NOON)
    assert facts().leaves and not facts().busy
    assert campus.client("乙老师").post(f"/roster/leaves/{leave.pk}/withdraw/").status_code == 403
    campus.client("陈主任").post(f"/roster/leaves/{leave.pk}/withdraw/")
    assert not facts().leaves
    with pytest.raises(Refused, match="10"):
        for i in range(12):
            act(
                campus,
                "甲老师",
                leave_services.ask,
                person=person,
                kind="personal",
                at=NOON,
                starts_at=at(MONDAY, f"{i:02d}:00"),
                ends_at=at(MONDAY, f"{i + 1:02d}:00"),
            )


def test_lessons_of_the_next_morning_count_for_a_night(manned):
    night = StationFacts(1, "夜班", "night", time(21), time(7, 30), "every_day", 1)
    school = {MONDAY, MONDAY + timedelta(days=1)}

    def hindered(weekday, first, last, day=MONDAY):
        return hindrance(
            PersonFacts(
                1, "甲", frozenset({1}), busy=(("lesson", weekday, None, None, first, last),)
            ),
            night,
            day,
            school,
        )

    assert hindered(1, 430, 470) == "lesson"  # Tuesday 07:10
    assert hindered(1, 450, 500) is None  # from 07:30 on
    assert hindered(0, 1290, 1320) == "lesson"
    assert hindered(2, 430, 470, MONDAY + timedelta(days=1)) is None  # no school on Wednesday


def test_holidays_and_vacations_are_days_of_their_own(campus):
    national, saturday, january = date(2026, 10, 1), date(2026, 9, 5), date(2026, 2, 2)
    assert [
        manned_on(w, national, set(), {national}, set())
        for w in ("holidays", "days_off", "vacation", "school_days")
    ] == [True, True, False, False]
    assert [
        manned_on(w, january, set(), set(), {january}) for w in ("holidays", "days_off", "vacation")
    ] == [False, True, True]
    assert [
        calendar.is_public_holiday(d)
        for d in (national, saturday, date(2026, 9, 7), date(2035, 10, 1))
    ] == [True, False, False, False]
    # That a later year is not known is said where such a station is entered.
    client, hours = (
        campus.client("陈主任"),
        {
            "kind": "gate",
            "starts": "07:00",
            "ends": "12:00",
            "people": "1",
        },
    )
    words = f"法定节假日已知到 {calendar.announced_until()} 年底"
    client.post("/roster/stations/set/", {**hours, "name": "东门", "when": "every_day"})
    assert words not in client.get("/roster/stations/").content.decode()
    client.post("/roster/stations/set/", {**hours, "name": "节日岗", "when": "holidays"})
    assert words in client.get("/roster/stations/").content.decode()
