"""Who is on duty now, as the first line of a home page says it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.rosters.queries import present
from anyuan.staffing.stations.models import Station
from conftest import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def watch(campus, monkeypatch):
    """A leader on duty and a gate that are manned now, and the gate's next shift tomorrow."""
    monkeypatch.setattr("anyuan.front.desk.views.now", lambda: NOON)
    monkeypatch.setattr("anyuan.kernel.templatetags.words.now", lambda: NOON)
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        roster = Roster.objects.create(
            unit=school,
            title="值勤表",
            starts=NOON.date(),
            ends=NOON.date() + timedelta(days=7),
            state="published",
            asked_by="x",
            asked_at=NOON,
        )
        hours = {"starts": "11:00", "ends": "13:00", "when": "every_day"}
        gate = Station.objects.create(unit=school, name="东门岗", kind="gate", **hours)
        lead = Station.objects.create(unit=school, name="带班", kind="leader", **hours)

        def shift(station, who, starts):
            return Shift.objects.create(
                unit=school,
                roster=roster,
                station=station,
                person=campus.people[who],
                day=starts.date(),
                starts_at=starts,
                ends_at=starts + 2 * HOUR,
                in_force=True,
            )

        campus.people["赵校长"].phone = "19900000001"
        campus.people["赵校长"].save()
        return {
            "gate": shift(gate, "王门卫", NOON - HOUR),
            "lead": shift(lead, "赵校长", NOON - HOUR),
            "next": shift(gate, "李老师", NOON - HOUR + timedelta(days=1)),
        }


def seen(campus, now=NOON):
    with acting(SYSTEM):
        return present.watches([campus.units["实验小学"]], now)[0]


def came(shift, **more):
    with acting(SYSTEM):
        Shift.objects.filter(pk=shift.pk).update(came_at=NOON - HOUR, **more)


def test_who_signed_in_and_did_not_leave_is_there(campus, watch):
    found = seen(campus)
    assert (len(found.there), len(found.on)) == (0, 2)
    came(watch["gate"])
    came(watch["lead"], left_at=NOON)
    found = seen(campus)
    assert found.there == [watch["gate"]] and found.missing == [watch["lead"]]
    assert found.leader == watch["lead"] and found.following_shift == watch["next"]


def test_the_home_page_says_it_first_with_the_leaders_telephone(campus, watch):
    came(watch["gate"])
    page = campus.client("陈主任").get("/").content.decode()
    first = page[page.index('id="on-duty"') :].split("</p>")[0]
    words = " ".join(first.split())
    assert "在岗 1/2" in words and "赵校长" in words and "明天 11:00" in words
    assert 'href="tel:19900000001"' in words
    assert page.index('id="on-duty"') < page.index("<h1")


def test_what_is_not_known_is_not_called_all_right(campus, watch):
    with acting(SYSTEM):
        Shift.objects.all().update(in_force=False)
    assert not seen(campus).is_rostered
    assert "没有生效的值勤表" in campus.client("陈主任").get("/").content.decode()
    other = campus.client("外人").get("/").content.decode()
    assert "还没有录入岗位" in other


def test_between_shifts_nobody_is_missing(campus, watch):
    found = seen(campus, NOON + 5 * HOUR)
    assert found.on == [] and found.following_shift == watch["next"] and found.is_rostered
