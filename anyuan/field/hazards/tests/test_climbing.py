"""Whoever must act hears of it, and those over them while nothing is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.field.hazards.queries import waiting
from anyuan.field.hazards.services import finding, rectifying
from anyuan.kernel.scoping import SYSTEM, acting
from conftest import NOON

from .stage_hazards import TODAY, assign, doing, fix, found, hazard, told


def test_whoever_gets_it_back_is_told(campus):
    row = hazard(campus)
    assign(campus, row)
    told(NOON)
    fix(campus, row)
    doing(
        campus,
        "陈主任",
        rectifying.send_back,
        row,
        NOON + timedelta(minutes=5),
        words="没好",
    )
    assert told(NOON + timedelta(minutes=6)).count(("王门卫", "请整改隐患")) == 2


@pytest.mark.parametrize(
    ("fixer", "first"), [("王门卫", "陈主任"), ("陈主任", "赵校长"), ("赵校长", "周干事")]
)
def test_whoever_may_verify_hears_that_it_waits(campus, fixer, first):
    row = hazard(campus)
    assign(campus, row, owner=fixer)
    fix(campus, row, who=fixer)
    assert [name for name, subject in told(NOON) if subject == "隐患待复查"] == [first]


def test_what_waits_for_its_verifier_climbs(campus):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    for days in range(5):
        heard = told(NOON + timedelta(days=days))
    assert [n for n, s in heard if s == "隐患待复查"] == ["陈主任", "赵校长", "周干事"]


def test_one_that_nobody_assigns_climbs(campus):
    found(campus)
    with acting(SYSTEM):
        finding.follow(0)
    for days in range(5):
        heard = told(NOON + timedelta(days=days))
    names = [n for n, s in heard if s == "发现隐患，请指派"]
    assert names == ["陈主任", "赵校长", "周干事"]


def test_where_there_is_no_office_the_principal_hears_first(campus):
    with acting(SYSTEM):
        campus.people["陈主任"].grants.update(until=TODAY)
    hazard(campus)
    assert told(NOON) == [("赵校长", "发现隐患，请指派")]


def test_sent_back_long_after_its_day_it_still_climbs(campus):
    row = hazard(campus)
    assign(campus, row, until=0)
    fix(campus, row)
    later = NOON + timedelta(days=20)
    doing(campus, "陈主任", rectifying.send_back, row, later, words="没好")
    heard = told(later + timedelta(days=2))
    assert {n for n, s in heard if s == "隐患逾期未整改"} == {"王门卫", "陈主任"}


def test_the_principals_own_waits_for_those_above(campus):
    row = hazard(campus)
    assign(campus, row, owner="赵校长")
    fix(campus, row, who="赵校长")
    for who, unit in (("周干事", "城关街道"), ("林科长", "青禾区")):
        viewer = campus.viewer(who)
        with acting(viewer):
            seen = waiting.matters(viewer, [campus.units[unit]], NOON)
        assert [m.sentence for m in seen if m.is_of(viewer)], who


def test_ones_own_stands_on_the_home_page_however_many_are_open(campus, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 3)
    for _i in range(5):
        hazard(campus, days=9)
    row = hazard(campus)
    assign(campus, row)
    viewer = campus.viewer("王门卫")
    with acting(viewer):
        seen = waiting.matters(viewer, [campus.units["实验小学"]], NOON)
    assert [m.key.split("-")[1] for m in seen] == [str(row.pk)]
