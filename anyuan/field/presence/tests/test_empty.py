"""Empty stations, handing over, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anyuan.field.presence import services
from anyuan.field.presence.models import Presence
from anyuan.field.presence.queries import vacancies
from anyuan.field.presence.tests.stage_presence import sign_in, tell_empty
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages.models import Message
from anyuan.org.people.models import Person
from anyuan.record.evidence.models import Fact
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.stations.models import Station
from conftest import NOON


def test_going_by_a_slip_is_taken_back_and_older_words_overwrite_no_newer(campus, gate):
    viewer = campus.viewer("王门卫")
    sign_in(campus, gate)

    def go(words, minutes):
        with acting(viewer):
            return services.leave(
                shift_id=gate["王门卫"].pk,
                handover=words,
                by=viewer,
                left_at=NOON + timedelta(minutes=minutes),
            )

    def left_at():
        with acting(SYSTEM):
            return Shift.objects.get(pk=gate["王门卫"].pk).left_at

    go("门锁坏", 5)
    assert left_at() == NOON + timedelta(minutes=5)
    sign_in(
        campus, gate, came_at=NOON + timedelta(minutes=1)
    )  # what an offline phone said before it left
    assert left_at() is not None
    assert sign_in(campus, gate, came_at=NOON + timedelta(minutes=7)).doubts == ["no_code"]
    assert left_at() is None
    go("门锁坏，已报修", 30)
    with pytest.raises(Refused, match="已报修"):
        go("门锁坏", 20)
    back = sign_in(campus, gate, came_at=NOON + timedelta(minutes=50))
    assert back.doubts == ["no_code", "was_away"]
    with acting(SYSTEM):  # the gap stays: what was left of the shift is one of its own
        first, rest = Shift.objects.filter(person=campus.people["王门卫"], in_force=True).order_by(
            "starts_at"
        )
        assert (first.left_at, first.ends_at, rest.starts_at, rest.came_at, rest.left_at) == (
            NOON + timedelta(minutes=30),
            NOON + timedelta(minutes=30),
            NOON + timedelta(minutes=30),
            NOON + timedelta(minutes=50),
            None,
        )
        assert Fact.objects.count() == 1
    assert (
        sign_in(campus, gate, came_at=NOON + timedelta(minutes=55)).pk != back.pk
    )  # the first part is over, and stays so
    page = campus.client("李老师").get("/roster/mine/")
    assert page.status_code == 200


def test_who_goes_long_before_the_end_leaves_an_empty_station(campus, gate, settings):
    settings.TEXT_GATEWAY = "https://gateway.example"
    with acting(SYSTEM):
        Person.objects.filter(name="陈主任").update(phone="13800000001")
    sign_in(campus, gate)
    viewer, ends = campus.viewer("王门卫"), gate["王门卫"].ends_at

    def empty(at):
        with acting(SYSTEM):
            return [
                (e.shift.pk, e.minutes, e.left) for e in vacancies.empty([gate["school"].pk], at)
            ]

    with acting(viewer):
        services.leave(
            shift_id=gate["王门卫"].pk, handover="", by=viewer, left_at=NOON + timedelta(minutes=20)
        )
    assert empty(NOON + timedelta(minutes=22)) == []
    assert empty(NOON + timedelta(minutes=25)) == [(gate["王门卫"].pk, 5, True)]
    assert empty(ends) == []
    with acting(SYSTEM):
        tell_empty(NOON + timedelta(minutes=25))
        tell_empty(NOON + timedelta(minutes=26))
        assert "12:20 已离岗（王门卫），应到" in Message.objects.get().body
        Shift.objects.filter(pk=gate["王门卫"].pk).update(left_at=ends - timedelta(minutes=10))
    assert empty(ends - timedelta(minutes=2)) == []  # relieved a little early


def test_another_phone_than_usual_is_noticed(campus, gate):
    with acting(SYSTEM):
        for i in range(3):
            shift = gate["王门卫"]
            old = Shift.objects.create(
                unit=shift.unit,
                roster=shift.roster,
                station=shift.station,
                person=shift.person,
                day=shift.day,
                starts_at=NOON - timedelta(days=i + 1),
                ends_at=NOON - timedelta(days=i + 1) + timedelta(hours=1),
                in_force=True,
            )
            Presence.objects.create(
                unit=shift.unit,
                shift=old,
                person=shift.person,
                came_at=old.starts_at,
                received_at=old.starts_at,
                how="scanned",
                device="own",
                fact_id=1,
            )
    assert sign_in(campus, gate, device="borrowed").doubts == ["no_code", "other_phone"]


def test_telling_of_empty_stations_asks_no_more_once_all_is_said(
    campus, gate, settings, django_assert_num_queries
):
    settings.TEXT_GATEWAY = "https://gateway.example"
    with acting(SYSTEM):
        Person.objects.filter(name="陈主任").update(phone="13800000001")
        tell_empty(NOON)
        assert Message.objects.count() == 1
        with CaptureQueriesContext(connection) as few:
            tell_empty(NOON)
        shift = gate["王门卫"]
        for i in range(6):
            station = Station.objects.create(
                unit=shift.unit,
                name=f"岗{i}",
                kind="gate",
                starts="11:55",
                ends="14:00",
                when="every_day",
            )
            Shift.objects.create(
                unit=shift.unit,
                roster=shift.roster,
                station=station,
                person=None,
                day=shift.day,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                in_force=True,
            )
        tell_empty(NOON)
        with django_assert_num_queries(len(few)):
            tell_empty(NOON)
