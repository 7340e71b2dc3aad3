"""What happens between the asking for a roster and its coming into force, and the days and hours it goes by."""

from __future__ import annotations

import dataclasses
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.people.models import Person
from anyuan.reach.models import Message
from anyuan.rosters import queries, rules, services
from anyuan.rosters.models import Leave, Roster, Shift
from anyuan.rosters.tests.test_rosters import MONDAY, act, at, finish, made, manned, published
from anyuan.stations import services as stations
from anyuan.stations.models import DutyCard, Serving
from anyuan.stations.rules import PersonFacts, StationFacts, hindrance, span
from anyuan.stations.rules import leaders as leaders_of
from anyuan.stations.rules import manned as manned_on
from anyuan.units import rules as calendar
from conftest import NOON

__all__ = ["manned"]


def in_force(day, station):
    return list(Shift.objects.filter(holds=True, day=day, station=station).order_by("pk"))


def test_a_draft_put_in_force_goes_round_what_happened_since(campus, manned):
    first = published(campus)
    draft = made(campus)
    office, tuesday, wednesday, thursday = (
        campus.viewer("陈主任"),
        *(MONDAY + timedelta(days=i) for i in (1, 2, 3)),
    )
    with acting(office):
        (night,) = in_force(tuesday, manned["night"])
        other = next(s.person for s in queries.substitutes(night) if s.why_not is None)
        services.assign(
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
    act(campus, "陈主任", services.publish, roster_id=draft.pk, at=NOON + timedelta(minutes=10))
    with acting(SYSTEM):
        assert [s.person for s in in_force(tuesday, manned["night"])] == [other]
        assert [s.pk for s in in_force(wednesday, manned["night"])] == [guard.pk]
        assert [s.person for s in in_force(thursday, manned["drop"])] == [None, None]
        assert not Shift.objects.filter(holds=True, person=gone, starts_at__gt=NOON).exists()
        assert (
            not Shift.objects.filter(roster=first, holds=True)
            .exclude(pk__in=[night.pk, guard.pk])
            .exists()
        )


def test_what_is_closed_stays_closed_when_an_older_draft_is_published(campus, manned):
    draft = made(campus)
    act(campus, "陈主任", services.close_station, station_id=manned["drop"].pk, at=NOON)
    act(campus, "陈主任", services.publish, roster_id=draft.pk, at=NOON)
    with acting(SYSTEM):
        assert not Shift.objects.filter(holds=True, station=manned["drop"]).exists()
        assert Shift.objects.filter(holds=True, station=manned["night"]).count() == 14
        served_ = Shift.objects.filter(roster=draft, station=manned["drop"]).first()
    # Its page still opens, though nobody serves there any more.
    assert campus.client("陈主任").get(f"/shifts/{served_.pk}/").status_code == 200


placed_shifts = st.builds(
    lambda i, station, person, day, changed, came: rules.Placed(i, station, person, MONDAY + timedelta(days=day), at(MONDAY + timedelta(days=day), f"{7 + 3 * station:02d}:00"), at(MONDAY + timedelta(days=day), f"{11 + 3 * station:02d}:00"), NOON + timedelta(minutes=changed) if changed else None, came),
    st.integers(1, 10**6), st.integers(0, 2), st.none() | st.integers(0, 3), st.integers(0, 2), st.integers(-9, 9), st.booleans(),
)  # fmt: skip


@given(
    st.lists(placed_shifts, max_size=8, unique_by=lambda s: s.id),
    st.lists(placed_shifts, max_size=8, unique_by=lambda s: s.id),
    st.sets(st.integers(0, 3)),
)
def test_nobody_is_in_two_places_after_merging_and_nothing_done_by_hand_is_lost(
    standing, draft, unable
):
    def once(rows):  # what is in force, and what is drawn, has nobody in two places
        out = []
        for s in rows:
            if s.person_id is None or not any(
                o.person_id == s.person_id and o.starts_at < s.ends_at and s.starts_at < o.ends_at
                for o in out
            ):
                out.append(s)
        return out

    standing, draft = once(standing), [dataclasses.replace(s, came=False) for s in once(draft)]
    stay, yields, nobodys = rules.merged(standing, draft, NOON, lambda p, *_: p not in unable)
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
        drawn_, there = (
            sum((s.station_id, s.day) == cell for s in rows) for rows in (draft, after)
        )
        assert there == max(
            drawn_, sum((s.station_id, s.day) == cell for s in standing if s.id in stay)
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
        services.repair,
        shift_id=shift.pk,
        at=shift.starts_at + timedelta(minutes=minutes),
    )
    assert (
        draft.weights["most_a_day"] == 2
        and draft.weights["rest_hours"] == 10
        and draft.weights["changes"] == rules.MOST_WEIGHT
    )
    finish(draft)
    act(campus, "陈主任", services.publish, roster_id=draft.pk, at=begun + timedelta(minutes=1))
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
            holds=True, station=manned["drop"], starts_at__gt=NOON
        ).order_by("starts_at")[0]
        monday = mine.day - timedelta(days=mine.day.weekday())
        n = Shift.objects.filter(
            holds=True, person=mine.person, day__gte=monday, day__lt=monday + timedelta(days=7)
        ).count()
        DutyCard.objects.filter(person=mine.person).update(most_a_week=n)
        theirs = next(
            s
            for s in Shift.objects.filter(
                holds=True,
                station=manned["drop"],
                day__gt=mine.day,
                day__lt=monday + timedelta(days=7),
            ).exclude(person=mine.person)
            if not Shift.objects.filter(holds=True, day=s.day, person=mine.person).exists()
            and not Shift.objects.filter(holds=True, day=mine.day, person=s.person).exists()
        )
        Person.objects.filter(pk=theirs.person_id).update(phone="13800000001")
        viewer = Viewer(mine.person_id, mine.person.name)
        with acting(SYSTEM):
            for _twice in range(2):
                assert (
                    services.ask_to_swap(
                        mine_id=mine.pk, theirs_id=theirs.pk, by=viewer, at=NOON
                    ).state
                    == "asked"
                )
        assert "想换班" in Message.objects.get().subject
        assert (
            queries.swaps_asked_of(theirs.person_id, NOON),
            queries.swaps_asked_of(mine.person_id, NOON),
        ) == (1, 0)


def test_leave_binds_once_it_is_approved_and_can_be_taken_back(campus, manned):
    school = campus.units["实验小学"]
    person = campus.people["甲老师"]
    days = {"starts_at": at(MONDAY, "00:00"), "ends_at": at(MONDAY + timedelta(days=5), "00:00")}
    leave = act(
        campus, "甲老师", services.ask_for_leave, person=person, errand=False, at=NOON, **days
    )

    def facts():
        with acting(SYSTEM):
            return next(
                p
                for p in queries.people_facts(school, MONDAY, MONDAY + timedelta(days=7))
                if p.id == person.pk
            )

    assert not facts().leaves and facts().busy[0][0] == "rather_not"
    act(campus, "陈主任", services.decide_leave, leave_id=leave.pk, grant=True, at=NOON)
    assert facts().leaves and not facts().busy
    assert campus.client("乙老师").post(f"/roster/leaves/{leave.pk}/withdraw/").status_code == 403
    campus.client("陈主任").post(f"/roster/leaves/{leave.pk}/withdraw/")
    assert not facts().leaves
    with pytest.raises(Refused, match="10"):
        for i in range(12):
            act(
                campus,
                "甲老师",
                services.ask_for_leave,
                person=person,
                errand=False,
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
        {"kind": "gate", "starts": "07:00", "ends": "12:00", "people": "1"},
    )
    words = f"法定节假日已知到 {calendar.announced_until()} 年底"
    client.post("/roster/stations/set/", {**hours, "name": "东门", "when": "every_day"})
    assert words not in client.get("/roster/stations/").content.decode()
    client.post("/roster/stations/set/", {**hours, "name": "节日岗", "when": "holidays"})
    assert words in client.get("/roster/stations/").content.decode()


def test_a_leader_is_missing_or_doubled_where_the_stations_say_so():
    def station(name, kind, when, first=7, last=18):
        return StationFacts(1, name, kind, time(first), time(last), when, 1)

    gate, lead = station("门", "gate", "every_day"), station("领导", "leader", "school_days")
    assert leaders_of([gate]) == ({"school_days", "days_off"}, [])
    assert leaders_of([gate, lead]) == ({"days_off"}, [])
    assert leaders_of([gate, lead, station("假日", "leader", "holidays")]) == ({"days_off"}, [])
    assert leaders_of([gate, lead, station("周末", "leader", "days_off")]) == (set(), [])
    assert leaders_of([lead, station("副", "leader", "every_day", 12, 20)]) == (
        set(),
        [("领导", "副")],
    )
    assert leaders_of([lead, station("副", "leader", "school_days", 18, 22)]) == (set(), [])


def test_what_stands_in_the_same_week_counts_and_what_has_begun_is_not_drawn_again():
    gate = StationFacts(1, "门", "gate", time(7), time(15), "every_day", 1)
    people_ = [
        PersonFacts(i, f"p{i}", frozenset({1}), most_a_week=2 if i == 1 else None) for i in (1, 2)
    ]
    wednesday = MONDAY + timedelta(days=2)
    stood = [
        rules.Standing(1, gate, MONDAY + timedelta(days=i), *span(gate, MONDAY + timedelta(days=i)))
        for i in (0, 1)
    ]
    begun = rules.Standing(2, gate, wednesday, *span(gate, wednesday))
    drawn_ = rules.draw(
        [gate],
        people_,
        [wednesday + timedelta(days=i) for i in range(7)],
        set(),
        {},
        {},
        (),
        stood,
        begun=[begun],
        moment=begun.starts_at,
    )
    assert (
        drawn_.problem.workers[0].most_of(drawn_.problem.weeks[0]) == 0
        and drawn_.problem.workers[0].most_of(drawn_.problem.weeks[1]) == 2
    )
    from anyuan.rostering.search import Search

    outcome = Search(drawn_.problem, 2.0).run()
    assert not outcome.score.breaches or {b.rule for b in outcome.score.breaches} == {"cover"}
    assert not any(w == 0 and d < 5 for w, d, _ in outcome.solution)
    assert (1, 0, 0) in outcome.solution


def test_what_has_begun_counts_for_days_in_a_row_and_is_asked_of_nobody_else():
    gate, yard = (
        StationFacts(1, "门", "gate", time(7), time(15), "every_day", 1),
        StationFacts(2, "院", "patrol", time(8), time(16), "every_day", 1),
    )
    people_ = [PersonFacts(i, f"p{i}", frozenset({1, 2})) for i in (1, 2, 3, 4)]
    before = [
        rules.Standing(1, gate, MONDAY - timedelta(days=i), *span(gate, MONDAY - timedelta(days=i)))
        for i in range(1, 6)
    ]
    today = rules.Standing(1, gate, MONDAY, *span(gate, MONDAY))
    drawn_ = rules.draw(
        [gate, yard],
        people_,
        [MONDAY + timedelta(days=i) for i in range(4)],
        set(),
        {"most_in_a_row": 6},
        {},
        (),
        before,
        begun=[today],
        moment=at(MONDAY, "09:00"),
    )
    from anyuan.rostering.search import Search

    outcome = Search(drawn_.problem, 2.0).run()
    assert not outcome.score.breaches
    first = {(w, k) for w, d, k in outcome.solution if d == 0}
    assert first == {(0, 0)}  # the yard stood empty at nine: that is past, and asked of nobody
    assert not any(w == 0 and d == 1 for w, d, _ in outcome.solution)  # the seventh day in a row


def test_a_night_is_repaired_after_midnight(campus, manned):
    published(campus)
    with acting(SYSTEM):
        (night,) = in_force(MONDAY, manned["night"])
        Serving.objects.filter(station=manned["drop"]).delete()
    moment = at(MONDAY + timedelta(days=1), "02:00")
    draft = act(campus, "陈主任", services.repair, shift_id=night.pk, at=moment)
    finish(draft)
    act(campus, "陈主任", services.publish, roster_id=draft.pk, at=moment + timedelta(minutes=1))
    with acting(SYSTEM):
        (now_,) = in_force(MONDAY, manned["night"])
        assert now_.pk == night.pk and now_.person_id not in {night.person_id, None}


def test_what_was_left_open_by_hand_is_filled_by_the_repair_that_was_asked_for(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = in_force(MONDAY + timedelta(days=1), manned["drop"])[0]
    draft = act(campus, "陈主任", services.repair, shift_id=shift.pk, at=NOON)
    finish(draft)
    act(
        campus,
        "陈主任",
        services.assign,
        shift_id=shift.pk,
        person=None,
        at=NOON + timedelta(minutes=1),
    )
    act(campus, "陈主任", services.publish, roster_id=draft.pk, at=NOON + timedelta(minutes=2))
    with acting(SYSTEM):
        there = in_force(shift.day, manned["drop"])
        assert len(there) == 2 and None not in {s.person_id for s in there}


def test_a_draft_is_changed_before_it_is_published_and_sees_its_own_shifts(campus, manned):
    found = made(campus)
    with acting(SYSTEM):
        one, two = Shift.objects.filter(roster=found, station=manned["night"]).order_by("day")[:2]
        drop = Shift.objects.filter(roster=found, station=manned["drop"]).order_by("day").first()
    act(campus, "陈主任", services.exchange, shift_id=one.pk, other_id=two.pk, at=NOON)
    with acting(SYSTEM):
        was = [one.person_id, two.person_id]
        one.refresh_from_db()
        two.refresh_from_db()
        assert [two.person_id, one.person_id] == was
        both = list(
            Shift.objects.filter(roster=found, station=manned["drop"], day=drop.day).order_by("pk")
        )
    # Somebody who is at the same station already in this draft cannot be there twice.
    with pytest.raises(Refused, match="不能"):
        act(campus, "陈主任", services.assign, shift_id=both[0].pk, person=both[1].person, at=NOON)
    act(campus, "陈主任", services.assign, shift_id=both[0].pk, person=None, at=NOON)
    act(campus, "陈主任", services.assign, shift_id=both[0].pk, person=both[0].person, at=NOON)
    with acting(SYSTEM):
        Roster.objects.filter(pk=found.pk).update(state="replaced")
    with pytest.raises(Refused):
        act(campus, "陈主任", services.assign, shift_id=both[0].pk, person=None, at=NOON)


def test_whoever_has_no_account_is_sent_their_link_with_a_roster(campus, manned, settings):
    with acting(SYSTEM):
        guest = Person.objects.create(
            unit=campus.units["实验小学"], name="丁志愿", phone="13800000009"
        )
    serving = [campus.people[n] for n in ("子保安", "丑保安")] + [guest]
    act(
        campus,
        "陈主任",
        stations.set_serving,
        station_id=manned["night"].pk,
        persons=serving,
        at=NOON,
    )
    published(campus)
    assert not Message.objects.exists()  # nowhere to lead to, and no way that leads
    settings.ADDRESS, settings.TEXT_GATEWAY = "https://anyuan.example", "https://gateway.example"
    published(campus)
    with acting(SYSTEM):
        sent = Message.objects.get()
        assert (
            sent.person == guest and f"/d/#{DutyCard.objects.get(person=guest).feed}" in sent.body
        )
