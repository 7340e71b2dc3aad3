"""The summary of a stretch counts what each school did and what was asked of it, no day more."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from anyuan.field.hazards.queries import checklists
from anyuan.field.hazards.rules.checklists import ABSENT, Answered
from anyuan.field.hazards.services import inspecting
from anyuan.field.hazards.tests.stage_hazards import closed, hazard, reopen
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.steering.supervision.queries import summary
from anyuan.steering.supervision.services import visits
from conftest import NOON

from .stage_supervision import TODAY, draw, issue, on_visit
from .test_visits import DONE


def walked(campus, at=NOON):
    viewer, school = campus.viewer("陈主任"), campus.units["实验小学"]
    with acting(viewer):
        listed = checklists.get(school, "playground")
        answers = inspecting.all_yes(listed.items)
        given = inspecting.Walk(listed, listed.version, "操场", answers)
        inspecting.walk(key=uuid4(), unit=school, given=given, by=viewer, done_at=at, at=at)
    return len(answers)


def of(campus, who="何局长", unit="青禾区", first=-30, last=0):
    viewer = campus.viewer(who)
    with acting(viewer):
        return summary.summary(
            campus.units[unit], TODAY + timedelta(first), TODAY + timedelta(last), NOON
        )


def line(found, name):
    return next(x.sums for x in found.lines if x.name == name)


def test_what_a_school_did_and_what_was_asked_of_it(campus):
    items = walked(campus)
    closed(campus)
    row = closed(campus, place="西门")
    reopen(campus, row)
    hazard(campus, days=40)  # before the first day
    issue(campus)
    sums = line(of(campus), "实验小学")
    assert (sums.inspections, sums.items) == (1, items)
    # Two of the notice's problems are hazards of the school too.
    assert (sums.found, sums.closed, sums.open, sums.again) == (4, 1, 3, 1)
    assert (sums.notices, sums.problems, sums.photos) == (1, 2, 2)


def test_a_visit_counts_for_its_school(campus):
    made = draw(campus, count=2)
    from anyuan.steering.supervision.models import Visit

    with acting(SYSTEM):
        visit = Visit.objects.get(draw=made, school=campus.units["实验小学"])
    on_visit(campus, "林科长", visits.arrive, visit)
    on_visit(campus, "林科长", visits.finish, visit, given=DONE)
    found = of(campus)
    assert line(found, "实验小学").visits == 1
    assert line(found, "城关街道").visits == 1  # the town's sum
    assert found.rarely == 2


def test_the_last_day_counts_and_the_next_does_not(campus):
    hazard(campus, days=1)
    assert line(of(campus, first=-1, last=-1), "实验小学").found == 1
    assert line(of(campus, first=0, last=0), "实验小学").found == 0


def test_a_school_without_a_check_of_its_own_is_named(campus):
    walked(campus)
    assert of(campus).unchecked == 1


def test_it_asks_as_often_however_many_there_are(campus):
    with CaptureQueriesContext(connection) as few:
        of(campus)
    for n in range(5):
        closed(campus, place=f"楼{n}")
    issue(campus)
    with CaptureQueriesContext(connection) as many:
        of(campus)
    assert len(few) == len(many)


def test_the_workbook_has_what_the_page_has(campus):
    closed(campus)
    client = campus.client("何局长")
    asked = f"first={TODAY - timedelta(30)}&last={TODAY}"
    page = client.get(f"/supervision/summary/?{asked}").content.decode()
    assert "发现 1 条，已销号 1 条，未销号 0 条" in page
    book = load_workbook(io.BytesIO(client.get(f"/supervision/summary.xlsx?{asked}").content))
    rows = [list(row) for row in book.active.values]
    assert rows[1][0] == "单位" and len(rows[1]) == 11
    assert ["实验小学", 0, 0, 1, 1] in [row[:5] for row in rows]
    assert rows[-1][:5] == ["合计", 0, 0, 1, 1]


@pytest.mark.parametrize("asked", ["first=x&last=2026-13-40", "first=2026-09-01&last=2020-01-01"])
def test_a_stretch_that_is_none_is_read_as_well_as_can_be(campus, asked):
    assert campus.client("何局长").get(f"/supervision/summary/?{asked}").status_code == 200


def test_what_is_not_there_was_not_looked_at(campus):
    viewer, school = campus.viewer("陈主任"), campus.units["实验小学"]
    with acting(viewer):
        listed = checklists.get(school, "playground")
        answers = inspecting.all_yes(listed.items)
        answers[0] = Answered("", ABSENT)
        given = inspecting.Walk(listed, listed.version, "操场", answers)
        inspecting.walk(key=uuid4(), unit=school, given=given, by=viewer, done_at=NOON, at=NOON)
    assert line(of(campus), "实验小学").items == len(answers) - 1


def test_a_school_that_was_closed_since_stays_in_its_term(campus):
    hazard(campus)
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        type(school).objects.filter(pk=school.pk).update(closed_on=TODAY)
    assert line(of(campus), "实验小学").found == 1
    assert all(x.name != "实验小学" for x in of(campus, first=0).lines)
