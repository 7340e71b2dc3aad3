"""An installation in which nothing is set up says what comes next, and to whom it belongs."""

from __future__ import annotations

from datetime import time

import pytest

from anyuan.front.desk.queries import home as queries
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.units.models import Term
from anyuan.staffing.stations.models import Station, When
from conftest import NOON


def steps(campus, who, unit):
    viewer = campus.viewer(who)
    with acting(viewer):
        found = queries.first_steps(viewer, [campus.units[unit]], NOON)
    return found and {step.title: step.done for step in found["steps"]}


@pytest.mark.parametrize(("who", "unit"), [("陈主任", "实验小学"), ("林科长", "青禾区")])
def test_each_step_with_its_state(campus, who, unit):
    assert steps(campus, who, unit) == {
        "学期": True,
        "单位与人员": True,
        "方案": False,
        "岗位": False,
    }
    with acting(SYSTEM):
        Term.objects.all().delete()
    assert not steps(campus, who, unit)["学期"]


def test_a_plan_in_force_and_a_station_end_it(campus, adopted):
    assert steps(campus, "陈主任", "实验小学")["方案"]
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        Station.objects.create(
            unit=school,
            name="东门",
            kind="gate",
            starts=time(7),
            ends=time(18),
            when=When.EVERY_DAY,
        )
    assert steps(campus, "陈主任", "实验小学") is None


@pytest.mark.parametrize("who", ["王门卫", "李老师", "孙民警"])
def test_whoever_cannot_do_it_is_not_asked(campus, who):
    assert steps(campus, who, "实验小学") is None
    assert "开始使用" not in campus.client(who).get("/").content.decode()


def test_the_next_step_stands_on_the_page(campus):
    page = campus.client("陈主任").get("/").content.decode()
    assert "开始使用" in page and "还没有职责要求" in page
    assert page.index("开始使用") < page.index("没有等您处理的事项")
