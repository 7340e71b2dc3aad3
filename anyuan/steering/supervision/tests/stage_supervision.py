"""A notice to 实验小学, and a draw among the district's schools."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.tests.stage_hazards import assign, close, fix
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.steering.supervision.forms import DrawForm, NoticeForm, Problem
from anyuan.steering.supervision.services import notices, visits
from conftest import NOON

TODAY = NOON.date()


def notice_form(campus, school="实验小学", **more):
    values = {
        "school": campus.units[school],
        "word": "青教安改字",
        "inspected_on": TODAY,
        "inspectors": "何局长、林科长",
        "basis": "《企业事业单位内部治安保卫条例》第十六条",
        "demand": "",
        "deadline": TODAY + timedelta(days=10),
        "problems": [Problem("东门", "值守记录缺失"), Problem("围墙", "监控损坏")],
    }
    return NoticeForm(**{**values, **more})


def issue(campus, who="何局长", unit="青禾区", command=None, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return notices.issue(
            unit=campus.units[unit],
            given=notice_form(campus, **more),
            command=command or uuid4(),
            by=viewer,
            at=NOON,
        )


def on_notice(campus, who, act, notice, at=NOON, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return act(notice_id=notice.pk, by=viewer, at=at, **more)


def draw(campus, who="何局长", unit="青禾区", inspectors=("林科长",), command=None, **more):
    viewer = campus.viewer(who)
    values = {
        "name": "春季督导",
        "count": 1,
        "each": 1,
        "first_day": TODAY,
        "last_day": TODAY + timedelta(days=9),
        "inspectors": [campus.people[n].pk for n in inspectors],
    }
    with acting(viewer):
        return visits.draw(
            unit=campus.units[unit],
            given=DrawForm(**{**values, **more}),
            command=command or uuid4(),
            by=viewer,
            at=NOON,
        )


def on_visit(campus, who, act, visit, at=NOON, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return act(visit_id=visit.pk, by=viewer, at=at, **more)


def problems(notice):
    with acting(SYSTEM):
        return list(Hazard.objects.filter(problem__notice=notice).order_by("problem__order"))


def all_closed(campus, notice):
    for row in problems(notice):
        assign(campus, row)
        fix(campus, row)
        close(campus, row)


def served(campus):
    notice = issue(campus)
    return on_notice(campus, "陈主任", notices.serve, notice, signature="陈主任")
