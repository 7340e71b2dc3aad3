"""From the stations to a roster in force, and everything that changes it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.people import services as people
from anyuan.people.models import Person
from anyuan.reach.models import Address, Message
from anyuan.rosters import queries, rules, services
from anyuan.rosters.models import Leave, Request, Roster, Shift
from anyuan.stations import rules as station_rules
from anyuan.stations import services as stations
from anyuan.stations.models import DutyCard, Station
from conftest import NOON

MONDAY = date(2026, 5, 25)


def at(day, clock):
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


def act(campus, who, function, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return function(by=viewer, **more)


@pytest.fixture
def manned(campus):
    """Two stations of 实验小学, with five teachers and three guards who may serve."""
    school = campus.units["实验小学"]
    names = {}
    with acting(SYSTEM):
        for i, name in enumerate(
            ["甲老师", "乙老师", "丙老师", "丁老师", "子保安", "丑保安", "寅保安"]
        ):
            names[name] = people.create(
                username=f"r{i}", name=name, unit=school, password="a-long-password", demo=True
            )
            people.grant(
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
        stations.add_station,
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
        stations.add_station,
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
        stations.set_serving,
        station_id=drop.pk,
        persons=[p for n, p in names.items() if "老师" in n],
        at=NOON,
    )
    act(
        campus,
        "陈主任",
        stations.set_serving,
        station_id=night.pk,
        persons=[p for n, p in names.items() if "保安" in n],
        at=NOON,
    )
    return {"drop": drop, "night": night}


def made(campus, days=14, weights=None, starts=MONDAY):
    found = act(
        campus,
        "陈主任",
        services.ask,
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
        drawn = queries.drawn(found)
        from anyuan.rostering.search import Search

        outcome = Search(drawn.problem, 2.0).run()
        services._write(found, drawn, outcome.solution)
        Roster.objects.filter(pk=found.pk).update(
            state="made",
            conflicts=rules.conflicts(
                drawn,
                outcome.solution,
                [(b.day, b.kind) for b in outcome.score.breaches if b.rule == "cover"],
            ),
        )
    found.refresh_from_db()
    return found


def published(campus, **more):
    found = made(campus, **more)
    return act(campus, "陈主任", services.publish, roster_id=found.pk, at=NOON)


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
    """Here the maker is this process, within one transaction: what it tells meanwhile is seen in the journeys."""
    monkeypatch.setattr(services._Teller, "_run", lambda self: None)
    found = act(
        campus,
        "陈主任",
        services.ask,
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
        services.ask,
        unit=campus.units["实验小学"],
        title="值勤表",
        starts=MONDAY,
        ends=MONDAY + timedelta(days=7),
        weights={},
        at=NOON,
    )
    assert again.pk == found.pk  # a second click
    assert services.make(found.pk)
    assert not services.make(found.pk)  # it is made
    with acting(SYSTEM):
        found.refresh_from_db()
        assert (found.state, found.progress["empty"]) == ("made", 0)
        assert Shift.objects.filter(roster=found).count() == 5 * 2 + 7
        Roster.objects.filter(pk=found.pk).update(state="making", heard_at=NOON)
        assert queries.to_make(NOON + timedelta(seconds=1)) == [found.pk]  # its maker died
    services.fail(found.pk, "x")
    with acting(SYSTEM):
        found.refresh_from_db()
        assert found.state == "failed"


def test_lessons_leave_certificates_and_limits_hold(campus, manned):
    jia, yi, zi, chou = (campus.people[n] for n in ("甲老师", "乙老师", "子保安", "丑保安"))
    act(
        campus,
        "陈主任",
        stations.add_busy,
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
        services.ask_for_leave,
        person=yi,
        starts_at=at(MONDAY + timedelta(days=1), "00:00"),
        ends_at=at(MONDAY + timedelta(days=2), "00:00"),
        errand=False,
        at=NOON,
    )
    act(
        campus,
        "陈主任",
        stations.set_card,
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
        stations.set_card,
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
        stations.add_station,
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
        # Certificate ends, and nobody serves two nights' worth alone for ever: what cannot be manned says why.
        assert {p for d, p in of if d >= MONDAY + timedelta(days=3)} >= {chou.pk}


def test_what_cannot_be_manned_says_which_rules_collide(campus, manned):
    for name in ("子保安", "丑保安", "寅保安"):
        act(
            campus,
            "陈主任",
            stations.set_card,
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
    """One guard alone: his seventh night in a row stays empty and says why, and what he served before the roster counts."""
    act(
        campus,
        "陈主任",
        stations.set_serving,
        station_id=manned["night"].pk,
        persons=[campus.people["子保安"]],
        at=NOON,
    )
    first = made(campus, days=7)
    nights = Shift.objects.filter(station=manned["night"])
    with acting(SYSTEM):
        empty = nights.get(roster=first, person=None)
        assert first.conflicts[0]["rules"] == ["too many in a row"]
    act(campus, "陈主任", services.publish, roster_id=first.pk, at=NOON)
    with acting(campus.viewer("陈主任")):
        (only,) = queries.substitutes(queries.shift(empty.pk))
        assert only.why_not == "too many in a row"
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
        before = Shift.objects.filter(roster=first, holds=True).count()
    act(
        campus,
        "陈主任",
        services.publish,
        roster_id=second.pk,
        at=at(MONDAY + timedelta(days=1), "12:00"),
    )
    with acting(SYSTEM):
        first.refresh_from_db()
        assert (
            Shift.objects.filter(roster=first, holds=True).count() == 2 + 1 + 2
        )  # what had begun stays
        assert Shift.objects.filter(holds=True).count() == before
        assert first.state == "published"
    with pytest.raises(Refused, match="刚被他人发布"):
        act(campus, "陈主任", services.publish, roster_id=second.pk, at=NOON)
    with pytest.raises(Refused, match="正在执行"):
        act(campus, "陈主任", services.discard, roster_id=second.pk, at=NOON)


def test_a_new_roster_keeps_what_stands_where_it_can(campus, manned):
    first = published(campus)
    again = made(campus)
    with acting(SYSTEM):
        assert queries.changes(again) == 0
        assert queries.changes(first) == 0


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
                holds=True,
            )


def test_substitutes_are_ranked_by_who_can_and_who_has_had_least(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = Shift.objects.filter(station=manned["night"], day=MONDAY + timedelta(days=3)).get()
        # What rest after a night would break is told as such.
        Shift.objects.filter(station=manned["night"], day=MONDAY + timedelta(days=2)).update(
            person=None
        )
        rows = queries.substitutes(shift)
        assert {r.person.name for r in rows} == {"子保安", "丑保安", "寅保安"} - {shift.person.name}
        assert [r.above for r in rows if not r.why_not] == sorted(
            r.above for r in rows if not r.why_not
        )
        told = queries.why(shift)
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
        services.ask_for_leave,
        person=person,
        starts_at=at(day, "00:00"),
        ends_at=at(day, "23:00"),
        errand=True,
        at=NOON,
    )
    assert (
        act(
            campus,
            name,
            services.ask_for_leave,
            person=person,
            starts_at=at(day, "00:00"),
            ends_at=at(day, "23:00"),
            errand=True,
            at=NOON,
        ).pk
        == leave.pk
    )
    with pytest.raises(Refused, match="安排替班"):
        act(campus, "陈主任", services.decide_leave, leave_id=leave.pk, grant=True, at=NOON)
    with pytest.raises(Denied):
        act(campus, name, services.decide_leave, leave_id=leave.pk, grant=True, at=NOON)
    others = [p for n, p in mine.items() if "老师" in n and n not in {"李老师", name}]
    assert (
        act(campus, "陈主任", services.ask_to_stand_in, shift_id=shift.pk, persons=others, at=NOON)
        >= 1
    )
    assert (
        act(campus, "陈主任", services.ask_to_stand_in, shift_id=shift.pk, persons=others, at=NOON)
        == 0
    )  # asked once
    with acting(SYSTEM):
        first, *rest = Request.objects.filter(shift=shift).select_related("person").order_by("pk")
    with pytest.raises(Denied):
        act(campus, "李老师", services.answer_request, request_id=first.pk, yes=True, at=NOON)
    who = next(n for n, p in mine.items() if p.pk == first.person_id)
    assert (
        act(campus, who, services.answer_request, request_id=first.pk, yes=True, at=NOON).answer
        == "yes"
    )
    for late in rest:
        other = next(n for n, p in mine.items() if p.pk == late.person_id)
        with pytest.raises(Refused, match="已有人替班"):
            act(campus, other, services.answer_request, request_id=late.pk, yes=True, at=NOON)
    assert (
        act(campus, "陈主任", services.decide_leave, leave_id=leave.pk, grant=True, at=NOON).state
        == "approved"
    )
    with pytest.raises(Refused, match="刚刚已作决定"):
        act(campus, "陈主任", services.decide_leave, leave_id=leave.pk, grant=False, at=NOON)
    with acting(SYSTEM):
        shift.refresh_from_db()
        assert shift.person_id == first.person_id
        # Who is on leave is no substitute that day.
        rows = {r.person.pk: r.why_not for r in queries.substitutes(shift)}
        assert rows[person.pk] == "leave"


def test_a_swap_needs_the_other_and_one_approval(campus, manned):
    published(campus)
    with acting(SYSTEM):
        all_ = list(
            Shift.objects.filter(station=manned["drop"], holds=True).order_by("starts_at", "pk")
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
        act(campus, names[b], services.ask_to_swap, mine_id=one.pk, theirs_id=two.pk, at=NOON)
    swap = act(campus, names[a], services.ask_to_swap, mine_id=one.pk, theirs_id=two.pk, at=NOON)
    with pytest.raises(Refused):
        act(
            campus, "陈主任", services.decide_swap, swap_id=swap.pk, grant=True, at=NOON
        )  # the other has not agreed
    with pytest.raises(Denied):
        act(campus, names[a], services.answer_swap, swap_id=swap.pk, yes=True, at=NOON)
    act(campus, names[b], services.answer_swap, swap_id=swap.pk, yes=True, at=NOON)
    assert (
        act(campus, "陈主任", services.decide_swap, swap_id=swap.pk, grant=True, at=NOON).state
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
            Shift.objects.filter(station=manned["drop"], holds=True).order_by("starts_at", "pk")
        )
        on = {(s.day, s.person_id) for s in all_}
        one, two = next(
            (a, b)
            for a in all_
            for b in all_
            if a.day != b.day and (a.day, b.person_id) not in on and (b.day, a.person_id) not in on
        )
        night = Shift.objects.filter(station=manned["night"], holds=True).first()
    act(campus, "陈主任", services.exchange, shift_id=one.pk, other_id=two.pk, at=NOON)
    with acting(SYSTEM):
        assert (Shift.objects.get(pk=one.pk).person_id, Shift.objects.get(pk=two.pk).person_id) == (
            two.person_id,
            one.person_id,
        )
    with pytest.raises(Refused, match="可排人员中"):
        act(campus, "陈主任", services.exchange, shift_id=one.pk, other_id=night.pk, at=NOON)
    with acting(SYSTEM):
        assert Shift.objects.get(pk=night.pk).person_id == night.person_id
    with pytest.raises(Denied):
        act(campus, "李老师", services.exchange, shift_id=one.pk, other_id=two.pk, at=NOON)
    names = {p.pk: n for n, p in campus.people.items()}
    with pytest.raises(Refused, match="可排人员中"):
        act(
            campus,
            names[night.person_id],
            services.ask_to_swap,
            mine_id=night.pk,
            theirs_id=one.pk,
            at=NOON,
        )


def test_a_swap_is_void_once_a_shift_is_somebody_elses_or_off_the_roster(campus, manned):
    published(campus)
    with acting(SYSTEM):
        one, two = Shift.objects.filter(station=manned["night"], holds=True).order_by("starts_at")[
            :2
        ]
        names = {p.pk: n for n, p in campus.people.items()}
        third = next(
            n
            for n in ("子保安", "丑保安", "寅保安")
            if campus.people[n].pk not in {one.person_id, two.person_id}
        )
    swap = act(
        campus,
        names[one.person_id],
        services.ask_to_swap,
        mine_id=one.pk,
        theirs_id=two.pk,
        at=NOON,
    )
    with acting(SYSTEM):
        Shift.objects.filter(pk=one.pk).update(person=campus.people[third])
        assert not queries.swaps(one.unit)
    with pytest.raises(Invisible):
        act(campus, names[two.person_id], services.answer_swap, swap_id=swap.pk, yes=True, at=NOON)
    with pytest.raises(Invisible):
        act(campus, "陈主任", services.decide_swap, swap_id=swap.pk, grant=True, at=NOON)


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
            Shift.objects.filter(station=manned["drop"], holds=True).order_by("starts_at").first()
        )
    other = next(
        n
        for n in ("甲老师", "乙老师", "丙老师", "丁老师")
        if not Shift.objects.filter(day=shift.day, person=campus.people[n]).exists()
    )
    with pytest.raises(Refused, match="请先勾选"):
        act(campus, "陈主任", services.ask_to_stand_in, shift_id=shift.pk, persons=[], at=NOON)
    assert (
        act(
            campus,
            "陈主任",
            services.ask_to_stand_in,
            shift_id=shift.pk,
            persons=[campus.people[other]],
            at=NOON,
        )
        == 1
    )
    with acting(SYSTEM):
        asked = Request.objects.get()
    act(campus, other, services.answer_request, request_id=asked.pk, yes=False, at=NOON)
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
            services.ask_to_stand_in,
            shift_id=shift.pk,
            persons=[campus.people[other]],
            at=begun,
        )
        == 1
    )
    with acting(campus.viewer(other)):
        assert [r.pk for r in queries.requests_to(campus.people[other].pk, begun)] == [asked.pk]
    assert (
        act(campus, other, services.answer_request, request_id=asked.pk, yes=True, at=begun).answer
        == "yes"
    )


def test_who_leaves_hands_over_shifts_and_stations(campus, manned):
    published(campus)
    zi = campus.people["子保安"]
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        theirs = people.belongings(zi)
        assert {b.kind for b in theirs} >= {"serving"}
        people.leave(
            person=zi,
            heirs={b.key: campus.people["丑保安"] if b.kind == "serving" else None for b in theirs},
            by=zhao,
            at=NOON,
        )
        assert (
            queries.people_facts(campus.units["实验小学"], MONDAY, MONDAY + timedelta(days=1)) != []
        )
        assert zi.pk not in {
            p.id
            for p in queries.people_facts(
                campus.units["实验小学"], MONDAY, MONDAY + timedelta(days=1)
            )
        }


@pytest.mark.parametrize("more, words", [
    ({"starts": MONDAY, "ends": MONDAY}, "1 至 200 天"), ({"starts": date(2030, 1, 1), "ends": date(2030, 1, 8)}, "太远"), ({"starts": MONDAY, "ends": MONDAY + timedelta(days=300)}, "1 至 200 天"),
])  # fmt: skip
def test_a_roster_over_nonsense_is_refused(campus, manned, more, words):
    with pytest.raises(Refused, match=words):
        act(
            campus,
            "陈主任",
            services.ask,
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
            services.ask,
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
        stations.add_station,
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
            services.ask,
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
            stations.add_station,
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


def test_a_shift_over_midnight_at_the_end_of_term(campus, manned):
    """The last night of term ends on a day without school; nights before school days end with the term."""
    act(
        campus,
        "陈主任",
        stations.add_station,
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
        stations.set_serving,
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
            shift = Shift.objects.filter(holds=True, day=MONDAY).first()
            Shift.objects.create(
                unit=shift.unit,
                roster=shift.roster,
                station=shift.station,
                person=person,
                day=MONDAY,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                holds=True,
            )
            Leave.objects.create(
                unit=shift.unit,
                person=person,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                asked_at=NOON,
            )
    assert _count(client, f"/roster/?day={MONDAY}") == few


def _count(client, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


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


# -- repair, and drafts --------------------------------------------------------------
def solved(campus, found):
    """Make what was asked for, in this process."""
    with acting(SYSTEM):
        drawn = queries.drawn(queries.roster(found.pk))
        from anyuan.rostering.search import Search

        outcome = Search(drawn.problem, 3.0).run()
        services._write(found, drawn, outcome.solution)
        Roster.objects.filter(pk=found.pk).update(state="made")
    found.refresh_from_db()
    return found


def test_a_repair_moves_one_shift_where_one_is_enough_and_is_a_draft_to_look_at(campus, manned):
    published(campus)
    with acting(SYSTEM):
        shift = (
            Shift.objects.filter(
                station=manned["night"], holds=True, day__gt=MONDAY + timedelta(days=1)
            )
            .order_by("day")
            .first()
        )
        before = {s.pk: s.person_id for s in Shift.objects.filter(holds=True)}
    found = act(campus, "陈主任", services.repair, shift_id=shift.pk, at=NOON)
    assert (found.state, found.away_id, found.away_on, found.ends) == (
        "asked",
        shift.person_id,
        shift.day,
        shift.day + timedelta(days=7),
    )
    assert (
        act(campus, "陈主任", services.repair, shift_id=shift.pk, at=NOON).pk == found.pk
    )  # a second click
    solved(campus, found)
    with acting(SYSTEM):
        assert queries.changes(found) == 1
        assert {
            s.pk: s.person_id for s in Shift.objects.filter(holds=True)
        } == before  # nothing yet
        assert not Shift.objects.filter(
            roster=found, person_id=shift.person_id, day=shift.day
        ).exists()
    act(campus, "陈主任", services.publish, roster_id=found.pk, at=NOON)
    with acting(SYSTEM):
        there = Shift.objects.get(station=manned["night"], day=shift.day, holds=True)
        assert there.person_id not in {None, shift.person_id}


def test_a_repair_goes_round_a_corner_where_nobody_is_free(campus, manned):
    """Three guards, two stations each night: whoever is free may only stand at the other one, so two change places."""
    night = manned["night"]
    zi, chou, yin = (campus.people[n] for n in ("子保安", "丑保安", "寅保安"))
    other = act(
        campus,
        "陈主任",
        stations.add_station,
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
    act(campus, "陈主任", stations.set_serving, station_id=night.pk, persons=[zi, chou], at=NOON)
    act(campus, "陈主任", stations.set_serving, station_id=other.pk, persons=[chou, yin], at=NOON)
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
                holds=True,
            )
            for s, p in ((night, zi), (other, chou))
        }
    with acting(campus.viewer("陈主任")):
        assert not [
            s for s in queries.substitutes(queries.shift(made_[night.pk].pk)) if s.why_not is None
        ]
    found = solved(
        campus,
        act(campus, "陈主任", services.repair, shift_id=made_[night.pk].pk, at=at(MONDAY, "06:40")),
    )
    with acting(SYSTEM):
        assert {
            s.station_id: s.person_id
            for s in Shift.objects.filter(roster=found, day=MONDAY, station__kind="night")
        } == {night.pk: chou.pk, other.pk: yin.pk}


def test_what_stands_before_and_after_keeps_its_rest(campus, manned):
    """A night that ends in the morning on which a roster begins: nobody of it comes to the gate at ten past seven."""
    zi = campus.people["子保安"]
    gate = act(
        campus,
        "陈主任",
        stations.add_station,
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
    act(campus, "陈主任", stations.set_serving, station_id=gate.pk, persons=[zi], at=NOON)
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
            holds=True,
        )
    found = made(campus, days=2)
    with acting(SYSTEM):
        assert Shift.objects.get(roster=found, station=gate, day=MONDAY).person_id is None
        assert (
            Shift.objects.get(roster=found, station=gate, day=MONDAY + timedelta(days=1)).person_id
            == zi.pk
        )
