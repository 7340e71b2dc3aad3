"""Rest, repairs and links around a roster in force."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages.models import Message
from anyuan.org.people.models import Person
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.rosters.rules import resting
from anyuan.staffing.rosters.rules.posing import Asked, problem_of
from anyuan.staffing.rosters.services import publishing, shifts, swaps
from anyuan.staffing.rosters.tests.stage_in_force import in_force
from anyuan.staffing.rosters.tests.stage_rosters import (
    MONDAY,
    act,
    at,
    finish,
    made,
    published,
)
from anyuan.staffing.stations.models import DutyCard, Serving
from anyuan.staffing.stations.rules import PersonFacts, StationFacts, span
from anyuan.staffing.stations.rules import leaders as leaders_of
from anyuan.staffing.stations.services import serving as serving_services
from conftest import NOON


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
        resting.Standing(
            1, gate, MONDAY + timedelta(days=i), *span(gate, MONDAY + timedelta(days=i))
        )
        for i in (0, 1)
    ]
    begun = resting.Standing(2, gate, wednesday, *span(gate, wednesday))
    posed = problem_of(
        Asked(
            [gate],
            people_,
            [wednesday + timedelta(days=i) for i in range(7)],
            set(),
            {},
            {},
            around=stood,
            begun=[begun],
            moment=begun.starts_at,
        )
    )
    assert (
        posed.problem.workers[0].most_of(posed.problem.weeks[0]) == 0
        and posed.problem.workers[0].most_of(posed.problem.weeks[1]) == 2
    )
    from anyuan.staffing.engine.search import Search

    outcome = Search(posed.problem, 2.0).run()
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
        resting.Standing(
            1, gate, MONDAY - timedelta(days=i), *span(gate, MONDAY - timedelta(days=i))
        )
        for i in range(1, 6)
    ]
    today = resting.Standing(1, gate, MONDAY, *span(gate, MONDAY))
    posed = problem_of(
        Asked(
            [gate, yard],
            people_,
            [MONDAY + timedelta(days=i) for i in range(4)],
            set(),
            {"most_in_a_row": 6},
            {},
            around=before,
            begun=[today],
            moment=at(MONDAY, "09:00"),
        )
    )
    from anyuan.staffing.engine.search import Search

    outcome = Search(posed.problem, 2.0).run()
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
    draft = act(campus, "陈主任", shifts.repair, shift_id=night.pk, at=moment)
    finish(draft)
    act(campus, "陈主任", publishing.publish, roster_id=draft.pk, at=moment + timedelta(minutes=1))
    with acting(SYSTEM):
        (now_,) = in_force(MONDAY, manned["night"])
        assert now_.pk == night.pk and now_.person_id not in {night.person_id, None}


def test_what_was_left_open_by_hand_is_filled_by_the_repair_that_was_asked_for(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = in_force(MONDAY + timedelta(days=1), manned["drop"])[0]
    draft = act(campus, "陈主任", shifts.repair, shift_id=shift.pk, at=NOON)
    finish(draft)
    act(
        campus,
        "陈主任",
        shifts.assign,
        shift_id=shift.pk,
        person=None,
        at=NOON + timedelta(minutes=1),
    )
    act(campus, "陈主任", publishing.publish, roster_id=draft.pk, at=NOON + timedelta(minutes=2))
    with acting(SYSTEM):
        there = in_force(shift.day, manned["drop"])
        assert len(there) == 2 and None not in {s.person_id for s in there}


def test_a_draft_is_changed_before_it_is_published_and_sees_its_own_shifts(campus, manned):
    found = made(campus)
    with acting(SYSTEM):
        one, two = Shift.objects.filter(roster=found, station=manned["night"]).order_by("day")[:2]
        drop = Shift.objects.filter(roster=found, station=manned["drop"]).order_by("day").first()
    act(campus, "陈主任", swaps.exchange, shift_id=one.pk, other_id=two.pk, at=NOON)
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
        act(campus, "陈主任", shifts.assign, shift_id=both[0].pk, person=both[1].person, at=NOON)
    act(campus, "陈主任", shifts.assign, shift_id=both[0].pk, person=None, at=NOON)
    act(campus, "陈主任", shifts.assign, shift_id=both[0].pk, person=both[0].person, at=NOON)
    with acting(SYSTEM):
        Roster.objects.filter(pk=found.pk).update(state="replaced")
    with pytest.raises(Refused):
        act(campus, "陈主任", shifts.assign, shift_id=both[0].pk, person=None, at=NOON)


def test_whoever_has_no_account_is_sent_their_link_with_a_roster(campus, manned, settings):
    with acting(SYSTEM):
        guest = Person.objects.create(
            unit=campus.units["实验小学"], name="丁志愿", phone="13800000009"
        )
    serving = [campus.people[n] for n in ("子保安", "丑保安")] + [guest]
    act(
        campus,
        "陈主任",
        serving_services.set_serving,
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
