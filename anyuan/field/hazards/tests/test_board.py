"""The overview counts what is there: by age, source and month, by place or by school."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from anyuan.field.hazards.queries import board
from anyuan.kernel.scoping import acting
from conftest import NOON

from .stage_hazards import assign, close, closed, fix, hazard, reopen


def of(campus, who="何局长", unit="青禾区", at=NOON):
    viewer = campus.viewer(who)
    with acting(viewer):
        return board.board(campus.units[unit], list(campus.units.values()), at)


def test_open_ones_stand_by_their_age(campus):
    for days in (0, 7, 8, 30, 31, 91, 120):
        hazard(campus, days=days)
    closed(campus, days=40)
    assert [s.count for s in of(campus).ages] == [2, 2, 1, 2]


def test_an_office_sees_its_schools_and_a_school_its_places(campus):
    hazard(campus, days=40)
    hazard(campus, place="西门")
    hazard(campus, place="西门")
    hazard(campus, school="柳湾中学")
    lines = {s.unit.name: (s.counts.open, s.oldest) for s in of(campus).schools}
    assert lines == {"实验小学": (3, 40), "柳湾中学": (1, 3)}
    page = of(campus, "陈主任", "实验小学")
    assert [(s.name, s.count) for s in page.places] == [("西门", 2), ("东门", 1)]
    assert not page.schools


def test_what_came_and_went_is_told_with_the_middle_of_the_days(campus):
    for days in (2, 4, 12):
        closed(campus, days=days)
    row = hazard(campus, days=1)
    assign(campus, row)
    fix(campus, row)
    close(campus, row)
    reopen(campus, row)
    flow = of(campus).flow
    assert (flow.found, flow.closed, flow.verified, flow.reopened) == (4, 3, 3, 1)
    assert flow.median_days == 4
    assert sum(m.found for m in flow.by_month) == 4


def test_it_asks_as_often_however_many_there_are(campus):
    hazard(campus)
    with CaptureQueriesContext(connection) as few:
        of(campus)
    for n in range(6):
        hazard(campus, place=f"楼{n}", days=n * 20)
    with CaptureQueriesContext(connection) as many:
        of(campus)
    assert len(few) == len(many)


def test_the_page_speaks_of_days_and_schools(campus):
    hazard(campus, days=40)
    client = campus.client("何局长")
    page = client.get("/hazards/board/").content.decode()
    assert "实验小学" in page and "31–90" in page
