"""The week as a strip, and what got worse since the week before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from anyuan.judging.assessment import services
from anyuan.judging.assessment.queries import boards, cells, waiting
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.duties.models import Responsible
from anyuan.record.evidence.services import recording
from conftest import NOON, put_in_force

PLAN = """青禾区学校方案
一、主要措施
1.学校每天开展食堂检查不少于1次，认真做好记录，确保食品安全不出问题，师生满意。
"""
TODAY = NOON.date()


@pytest.fixture
def owing(campus):
    """One daily duty of every school, in force since March."""
    plan = put_in_force(campus, PLAN)
    with acting(SYSTEM):
        services.rebuild(NOON)
    return plan


def done(campus, *days):
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        for day in days:
            recording.record(
                unit=campus.units["实验小学"],
                fact=recording.NewFact(
                    activity="food.check",
                    occurred_at=datetime.combine(day, NOON.timetz()),
                    payload={"place": "食堂"},
                ),
                by=viewer,
                at=NOON,
            )
    with acting(SYSTEM):
        services.rebuild(NOON)


def test_each_day_tells_what_ended_on_it(campus, owing):
    monday = TODAY - timedelta(days=TODAY.weekday())
    done(campus, monday)
    with acting(campus.viewer("陈主任")):
        strip = cells.week_of([campus.units["实验小学"].pk], NOON)
    worst = {d.day: d.worst for d in strip}
    assert [d.day for d in strip] == [monday + timedelta(days=i) for i in range(7)]
    assert worst[monday] == "met" and worst[monday + timedelta(days=1)] == "short"
    assert worst[TODAY] == "due" and worst[monday + timedelta(days=6)] == ""


def test_what_was_short_before_is_not_worse_now(campus, owing):
    school = campus.units["实验小学"]
    with acting(campus.viewer("林科长")):
        assert boards.got_worse([school.pk], NOON) == {}
    before = [TODAY - timedelta(days=i) for i in range(7, 15)]
    done(campus, *before)
    with acting(campus.viewer("林科长")):
        assert boards.got_worse([school.pk], NOON) == {school.pk: 1}


def test_the_telephone_of_whoever_answers_stands_beside_what_is_short(campus, owing):
    school, head = campus.units["实验小学"], campus.people["陈主任"]
    with acting(SYSTEM):
        head.phone = "19900000002"
        head.save()
        Responsible.objects.create(
            unit=school,
            obligation=owing.obligations.get(activity="food.check"),
            person=head,
            since=TODAY,
        )

    def called(who):
        viewer = campus.viewer(who)
        with acting(viewer):
            return [c.phone for m in waiting.matters(viewer, [school], NOON) for c in m.call]

    assert set(called("赵校长")) == {"19900000002"}
    assert called("陈主任") == []  # nobody calls themselves


def test_a_duty_missed_day_after_day_is_told_once_with_how_often(campus, owing):
    school = campus.units["实验小学"]
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        found = [m for m in waiting.matters(viewer, [school], NOON) if "食堂检查" in m.sentence]
    late = [m for m in found if m.verdict == "short"]
    assert len(late) == 1 and "次" in late[0].detail
    assert [m.verdict for m in found] == ["short", "due"]
