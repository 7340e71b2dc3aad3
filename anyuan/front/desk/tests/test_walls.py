"""The screen on the wall: who is there and who is not, what is unknown, and nobody's telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anyuan.front.desk.queries import walls
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.units import services as units
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.stations.models import Station
from conftest import NOON

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr("anyuan.front.desk.views.now", lambda: NOON)


def manned(campus, school, *people):
    """A gate of a school with a shift that runs, for each of these people."""
    with acting(SYSTEM):
        roster = Roster.objects.create(
            unit=school,
            title="值勤表",
            starts=NOON.date(),
            ends=NOON.date() + timedelta(days=1),
            state="published",
            asked_by="x",
            asked_at=NOON,
        )
        return [
            Shift.objects.create(
                unit=school,
                roster=roster,
                station=Station.objects.create(
                    unit=school,
                    name=f"岗{i}",
                    kind="gate",
                    starts="11:00",
                    ends="13:00",
                    when="every_day",
                ),
                person=campus.people[name],
                day=NOON.date(),
                starts_at=NOON - HOUR,
                ends_at=NOON + HOUR,
                in_force=True,
            )
            for i, name in enumerate(people)
        ]


def test_a_school_sees_who_is_missing_first_and_no_telephone(campus):
    with acting(SYSTEM):
        for person in campus.people.values():
            person.phone = "19900000003"
            person.save()
    there, _missing = manned(campus, campus.units["实验小学"], "王门卫", "李老师")
    with acting(SYSTEM):
        Shift.objects.filter(pk=there.pk).update(came_at=NOON - HOUR)
    page = campus.client("陈主任").get("/wall/").content.decode()
    assert "1/2" in page and page.index("李老师") < page.index("王门卫")
    assert "19900000003" not in page


def test_without_a_roster_it_says_that_nothing_is_known(campus):
    page = campus.client("陈主任").get("/wall/").content.decode()
    assert "没有生效的值勤表" in page
    viewer = campus.viewer("林科长")
    with acting(viewer):
        wall = walls.office_wall(viewer, campus.units["青禾区"], NOON)
    assert wall.unknown == 2 and wall.calm == 0


def test_an_office_sees_what_is_amiss_and_counts_the_calm(campus):
    calm, amiss = campus.units["柳湾中学"], campus.units["实验小学"]
    (shift,) = manned(campus, calm, "外人")
    with acting(SYSTEM):
        Shift.objects.filter(pk=shift.pk).update(came_at=NOON - HOUR)
    manned(campus, amiss, "王门卫")
    viewer = campus.viewer("林科长")
    with acting(viewer):
        wall = walls.office_wall(viewer, campus.units["青禾区"], NOON)
    assert [r.watch.unit.name for r in wall.rows] == ["实验小学"]
    assert (wall.calm, wall.there, wall.wanted) == (1, 1, 2)


def test_three_hundred_schools_ask_the_database_no_more_and_do_not_scroll(campus):
    viewer = campus.viewer("林科长")

    def asked():
        with acting(viewer), CaptureQueriesContext(connection) as queries:
            wall = walls.office_wall(viewer, campus.units["青禾区"], NOON)
        return len(queries), wall

    few, _wall = asked()
    with acting(SYSTEM):
        for i in range(40):
            units.create(
                parent=campus.units["城关街道"],
                kind="school",
                name=f"第{i}小学",
                opened_on=NOON.date(),
                stage="primary",
                urban=True,
                boarding=False,
                shifts=2,
                classes=3,
                pupils=900,
            )
    many, wall = asked()
    assert many == few
    assert len(wall.rows) == 2 * walls.ROWS and wall.more == 42 - 2 * walls.ROWS


def test_another_schools_wall_is_not_there(campus):
    other = campus.units["实验小学"].pk
    assert campus.client("外人").get(f"/wall/?unit={other}").status_code == 404
    assert campus.client("管理员").get("/wall/").status_code == 403
