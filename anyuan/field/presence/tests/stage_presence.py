"""What the tests of presence stand on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from anyuan.field.presence import rules, services
from anyuan.field.presence.queries import place_codes, vacancies
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages import services as messages
from anyuan.org.units import services as units
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.stations.models import Serving, Station
from anyuan.staffing.stations.services import serving
from conftest import NOON, filled

KEY = b"k"


def tell_empty(at):
    messages.tell_matters(vacancies.to_tell(at), at)


@pytest.fixture
def gate(campus):
    """A gate of 实验小学 with a shift of 王门卫 that has begun five minutes before noon, and one of
    李老师 after it.
    """
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        place = units.add_place(unit=school, name="东门", kind="gate")
        station = Station.objects.create(
            unit=school,
            name="东门岗",
            kind="gate",
            place=place,
            starts="11:55",
            ends="14:00",
            when="every_day",
        )
        roster = Roster.objects.create(
            unit=school,
            title="x",
            starts=date(2026, 5, 18),
            ends=date(2026, 5, 25),
            state="published",
            asked_by="x",
            asked_at=NOON,
        )
        begun = NOON - timedelta(minutes=5)
        made = {"place": place, "station": station, "school": school}
        for name, starts in (("王门卫", begun), ("李老师", begun + timedelta(hours=2))):
            Serving.objects.create(unit=school, station=station, person=campus.people[name])
            serving.card_of(campus.people[name])
            made[name] = Shift.objects.create(
                unit=school,
                roster=roster,
                station=station,
                person=campus.people[name],
                day=date(2026, 5, 20),
                starts_at=starts,
                ends_at=starts + timedelta(hours=2),
                in_force=True,
            )
    return made


def sign_in(campus, gate, who="王门卫", **more):
    viewer = campus.viewer(who)
    usual = {
        "shift_id": gate[who].pk,
        "code": "",
        "metres": None,
        "device": "d1",
        "skew": timedelta(0),
        "command": None,
        "came_at": NOON,
        "at": NOON,
    }
    with acting(viewer):
        return services.sign_in(by=viewer, **filled(services.sign_in, {**usual, **more}))


def printed(gate, version=1):
    return rules.code(place_codes.key(), gate["place"].pk, version=version)


@pytest.fixture(autouse=True)
def _mail(settings):
    """This installation can send mail; nothing is sent, as no worker runs."""
    settings.MAIL_FROM = "anyuan@example.cn"


def left(shift, station, hour, words="", place=None, kind="gate", hours=8):
    return rules.Left(
        shift,
        station,
        place,
        kind,
        NOON + timedelta(hours=hour),
        NOON + timedelta(hours=hour + hours),
        words,
    )
