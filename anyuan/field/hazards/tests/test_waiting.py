"""Whom a hazard waits for, whom it climbs to, and what home pages show."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anyuan.field.hazards import queries
from anyuan.field.hazards.queries import waiting
from anyuan.field.hazards.services import deadlines
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages.models import InboxEntry
from conftest import NOON

from .stage_hazards import TODAY, assign, close, closed, doing, fix, hazard, told


def mine(campus, who, *names, at=NOON):
    viewer = campus.viewer(who)
    with acting(viewer):
        found = waiting.matters(viewer, [campus.units[n] for n in names], at)
        return [m.key.split("-", 2)[2].rsplit("-", 1)[0] for m in found if m.is_of(viewer)]


def card(campus, who, *names):
    viewer = campus.viewer(who)
    with acting(viewer):
        shown = queries.home_hazards(viewer, [campus.units[n] for n in names], NOON)
    return shown and shown["open"]


def test_it_waits_for_the_office_then_for_its_owner_then_for_another(campus):
    row = hazard(campus)
    waits = {who: mine(campus, who, "实验小学") for who in ("陈主任", "王门卫", "李老师")}
    assert waits == {"陈主任": ["found"], "王门卫": [], "李老师": []}
    assign(campus, row, owner="陈主任")
    assert mine(campus, "陈主任", "实验小学") == ["fix"]
    fix(campus, row, who="陈主任")
    waits = {who: mine(campus, who, "实验小学") for who in ("陈主任", "赵校长")}
    assert waits == {"陈主任": [], "赵校长": ["fixed"]}
    close(campus, row, who="赵校长")
    assert mine(campus, "赵校长", "实验小学") == []


def test_more_time_waits_for_whoever_decides(campus):
    row = hazard(campus)
    assign(campus, row)
    until = TODAY + timedelta(days=20)
    doing(campus, "王门卫", deadlines.ask_more_time, row, until=until, words="等配件")
    assert mine(campus, "陈主任", "实验小学") == ["assigned-more-time"]


def test_those_above_see_major_ones(campus):
    assign(campus, hazard(campus), grade="major", criterion="exits")
    hazard(campus)
    viewer = campus.viewer("何局长")
    with acting(viewer):
        found = waiting.matters(viewer, [campus.units["青禾区"]], NOON)
    assert [m.place for m in found] == ["实验小学"]


def test_the_office_hears_of_a_new_one_and_its_owner_that_it_is_theirs(campus):
    row = hazard(campus)
    assert told(NOON) == [("陈主任", "发现隐患，请指派")]
    assign(campus, row)
    assert told(NOON)[1:] == [("王门卫", "请整改隐患")]
    assert len(told(NOON + timedelta(hours=1))) == 2


def test_what_is_late_climbs_one_step_at_a_time_and_each_once(campus):
    row = hazard(campus)
    assign(campus, row, until=0)
    told(NOON)
    late = [
        name
        for days in range(1, 12)
        for name, subject in told(NOON + timedelta(days=days))
        if subject == "隐患逾期未整改"
    ]
    assert list(dict.fromkeys(late)) == ["王门卫", "陈主任", "赵校长", "周干事"]
    with acting(SYSTEM):
        assert InboxEntry.objects.filter(subject="隐患逾期未整改").count() == 4


def test_a_day_that_was_moved_starts_the_climb_anew(campus):
    row = hazard(campus)
    assign(campus, row, until=0)
    told(NOON + timedelta(days=1))
    until = TODAY + timedelta(days=5)
    viewer = campus.viewer("王门卫")
    with acting(viewer):
        deadlines.ask_more_time(hazard_id=row.pk, until=until, words="等配件", by=viewer, at=NOON)
    grant = {"grant": True, "until": until, "words": ""}
    doing(campus, "陈主任", deadlines.decide_more_time, row, **grant)
    assert len(told(NOON + timedelta(days=4))) == len(told(NOON + timedelta(days=1)))


def test_a_major_one_is_told_above_at_once(campus):
    assign(campus, hazard(campus), grade="major", criterion="exits")
    assert ("周干事", "重大隐患") in told(NOON)


# -- the card at home ---------------------------------------------------------------
def test_the_card_shows_what_is_open_and_nothing_where_nothing_is(campus):
    assert card(campus, "赵校长", "实验小学") is None
    row = hazard(campus)
    shown = card(campus, "赵校长", "实验小学")
    assert (shown.counts.open, shown.rows[0].what, shown.rows[0].days) == (1, "东门：护栏松动", 3)
    assign(campus, row)
    fix(campus, row)
    assert card(campus, "赵校长", "实验小学").counts.fixed == 1
    close(campus, row)
    assert card(campus, "赵校长", "实验小学") is None


def test_an_office_sees_which_schools_have_most(campus):
    for school in ("实验小学", "柳湾中学", "柳湾中学"):
        hazard(campus, school)
    closed(campus)
    shown = card(campus, "何局长", "青禾区")
    assert [(u.name, n) for u, n in shown.schools] == [("柳湾中学", 2), ("实验小学", 1)]


@pytest.mark.parametrize("who", ["陈主任", "何局长"])
def test_matters_and_list_ask_as_much_of_many_as_of_few(campus, who):
    viewer = campus.viewer(who)
    unit = campus.units["实验小学" if who == "陈主任" else "青禾区"]

    def asked():
        with acting(viewer), CaptureQueriesContext(connection) as found:
            waiting.matters(viewer, [unit], NOON)
            queries.rows(list(queries.of(unit)), TODAY)
        return len(found)

    for _i in range(2):
        assign(campus, hazard(campus), grade="major", criterion="exits")
    few = asked()
    for _i in range(4):
        assign(campus, hazard(campus), grade="major", criterion="exits")
    assert asked() == few
