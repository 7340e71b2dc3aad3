"""What a roster refuses, repairs and keeps."""

from __future__ import annotations

from datetime import date, time, timedelta

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.models import Person
from anyuan.staffing.rosters.models import Leave, Roster, Shift
from anyuan.staffing.rosters.queries import making as making_queries
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.rosters.queries import substitutes
from anyuan.staffing.rosters.services import publishing
from anyuan.staffing.rosters.services import shifts as shifts_services
from anyuan.staffing.rosters.tests.stage_rosters import (
    MONDAY,
    _count,
    act,
    at,
    made,
    published,
    solved,
)
from anyuan.staffing.stations import rules as station_rules
from anyuan.staffing.stations.models import Station
from anyuan.staffing.stations.services import manning, serving
from conftest import NOON


def test_a_shift_over_midnight_at_the_end_of_term(campus, manned):
    """The last night of term ends on a day without school; nights before school days end with the
    term.
    """
    act(
        campus,
        "陈主任",
        manning.add_station,
        unit=campus.units["实验小学"],
        name="宿舍夜值",
        kind="dormitory",
        place=None,
        starts=time(21),
        ends=time(6, 30),
        when="school_nights",
        people=1,
        at=NOON,
    )
    with acting(SYSTEM):
        station = Station.objects.get(name="宿舍夜值")
    act(
        campus,
        "陈主任",
        serving.set_serving,
        station_id=station.pk,
        persons=[campus.people["寅保安"], campus.people["丑保安"]],
        at=NOON,
    )
    found = made(campus, starts=date(2026, 6, 29), days=10)
    with acting(SYSTEM):
        nights = [
            s.day for s in Shift.objects.filter(roster=found, station=station).order_by("day")
        ]
    assert nights == [
        date(2026, 6, 29),
        date(2026, 6, 30),
        date(2026, 7, 1),
        date(2026, 7, 2),
    ]  # Friday is the last day of school


def test_pages_cost_the_same_for_many_as_for_few(campus, manned, django_assert_max_num_queries):
    published(campus)
    client = campus.client("陈主任")
    for path in (
        "/roster/",
        "/roster/stations/",
        "/roster/people/",
        "/roster/leaves/",
        "/roster/making/",
        f"/roster/?day={MONDAY}",
    ):
        with django_assert_max_num_queries(30):
            assert client.get(path).status_code == 200
    with acting(SYSTEM):
        few = _count(client, f"/roster/?day={MONDAY}")
        for i in range(12):
            person = Person.objects.create(
                username=f"x{i}", name=f"新人{i}", unit=campus.units["实验小学"], pinyin=f"x{i}"
            )
            shift = Shift.objects.filter(in_force=True, day=MONDAY).first()
            Shift.objects.create(
                unit=shift.unit,
                roster=shift.roster,
                station=shift.station,
                person=person,
                day=MONDAY,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                in_force=True,
            )
            Leave.objects.create(
                unit=shift.unit,
                person=person,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                asked_at=NOON,
            )
    assert _count(client, f"/roster/?day={MONDAY}") == few


def test_what_hinders_is_told_by_name():
    station = station_rules.StationFacts(
        1, "夜班", "night", time(22), time(6), "every_day", 1, certificate="证", gender="f"
    )
    person = station_rules.PersonFacts(
        1, "甲", frozenset({1}), gender="f", certificate="证", certificate_until=MONDAY
    )
    assert station_rules.hindrance(person, station, MONDAY - timedelta(days=1), ()) is None
    assert station_rules.hindrance(person, station, MONDAY, ()) == "certificate"
    assert (
        station_rules.hindrance(
            station_rules.PersonFacts(1, "甲", frozenset({1}), certificate="证"),
            station,
            MONDAY,
            (),
        )
        == "gender"
    )
    assert station.minutes == (1320, 1800)


def test_a_repair_moves_one_shift_where_one_is_enough_and_is_a_draft_to_look_at(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = (
            Shift.objects.filter(
                station=manned["night"], in_force=True, day__gt=MONDAY + timedelta(days=1)
            )
            .order_by("day")
            .first()
        )
        before = {s.pk: s.person_id for s in Shift.objects.filter(in_force=True)}
    found = act(campus, "陈主任", shifts_services.repair, shift_id=shift.pk, at=NOON)
    assert (found.state, found.away_id, found.away_on, found.ends) == (
        "asked",
        shift.person_id,
        shift.day,
        shift.day + timedelta(days=7),
    )
    assert (
        act(campus, "陈主任", shifts_services.repair, shift_id=shift.pk, at=NOON).pk == found.pk
    )  # a second click
    solved(campus, found)
    with acting(SYSTEM):
        assert making_queries.changes(found) == 1
        assert {
            s.pk: s.person_id for s in Shift.objects.filter(in_force=True)
        } == before  # nothing yet
        assert not Shift.objects.filter(
            roster=found, person_id=shift.person_id, day=shift.day
        ).exists()
    act(campus, "陈主任", publishing.publish, roster_id=found.pk, at=NOON)
    with acting(SYSTEM):
        there = Shift.objects.get(station=manned["night"], day=shift.day, in_force=True)
        assert there.person_id not in {None, shift.person_id}


def test_a_repair_goes_round_a_corner_where_nobody_is_free(campus, manned):
    """Three guards, two stations each night: whoever is free may only stand at the other one, so
    two change places.
    """
    night = manned["night"]
    zi, chou, yin = (campus.people[n] for n in ("子保安", "丑保安", "寅保安"))
    other = act(
        campus,
        "陈主任",
        manning.add_station,
        unit=campus.units["实验小学"],
        name="后门夜班",
        kind="night",
        place=None,
        starts=time(22),
        ends=time(6),
        when="every_day",
        people=1,
        at=NOON,
    )
    act(campus, "陈主任", serving.set_serving, station_id=night.pk, persons=[zi, chou], at=NOON)
    act(campus, "陈主任", serving.set_serving, station_id=other.pk, persons=[chou, yin], at=NOON)
    with acting(SYSTEM):
        roster = Roster.objects.create(
            unit=campus.units["实验小学"],
            title="x",
            starts=MONDAY,
            ends=MONDAY + timedelta(days=7),
            state="published",
            asked_by="x",
            asked_at=NOON,
        )
        made_ = {
            s.pk: Shift.objects.create(
                unit=roster.unit,
                roster=roster,
                station=s,
                person=p,
                day=MONDAY,
                starts_at=at(MONDAY, "22:00"),
                ends_at=at(MONDAY + timedelta(days=1), "06:00"),
                in_force=True,
            )
            for s, p in ((night, zi), (other, chou))
        }
    with acting(campus.viewer("陈主任")):
        assert not [
            s
            for s in substitutes.substitutes(shifts_queries.shift(made_[night.pk].pk))
            if s.hindrance is None
        ]
    found = solved(
        campus,
        act(
            campus,
            "陈主任",
            shifts_services.repair,
            shift_id=made_[night.pk].pk,
            at=at(MONDAY, "06:40"),
        ),
    )
    with acting(SYSTEM):
        assert {
            s.station_id: s.person_id
            for s in Shift.objects.filter(roster=found, day=MONDAY, station__kind="night")
        } == {night.pk: chou.pk, other.pk: yin.pk}


def test_what_stands_before_and_after_keeps_its_rest(campus, manned):
    """A night that ends in the morning on which a roster begins: nobody of it comes to the gate at
    ten past seven.
    """
    zi = campus.people["子保安"]
    gate = act(
        campus,
        "陈主任",
        manning.add_station,
        unit=campus.units["实验小学"],
        name="早门卫",
        kind="gate",
        place=None,
        starts=time(7),
        ends=time(12),
        when="every_day",
        people=1,
        at=NOON,
    )
    act(campus, "陈主任", serving.set_serving, station_id=gate.pk, persons=[zi], at=NOON)
    with acting(SYSTEM):
        old = Roster.objects.create(
            unit=campus.units["实验小学"],
            title="x",
            starts=MONDAY - timedelta(days=1),
            ends=MONDAY,
            state="published",
            asked_by="x",
            asked_at=NOON,
        )
        day = MONDAY - timedelta(days=1)
        Shift.objects.create(
            unit=old.unit,
            roster=old,
            station=manned["night"],
            person=zi,
            day=day,
            starts_at=at(day, "22:00"),
            ends_at=at(MONDAY, "06:00"),
            in_force=True,
        )
    found = made(campus, days=2)
    with acting(SYSTEM):
        assert Shift.objects.get(roster=found, station=gate, day=MONDAY).person_id is None
        assert (
            Shift.objects.get(roster=found, station=gate, day=MONDAY + timedelta(days=1)).person_id
            == zi.pk
        )
