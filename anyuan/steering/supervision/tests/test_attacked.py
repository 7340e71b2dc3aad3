"""What others found who attacked notices: each a test."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from anyuan.field.hazards.services import deadlines, rectifying, sorting
from anyuan.field.hazards.tests.stage_hazards import assign, close, doing, fix, hazard
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.services import leaving
from anyuan.org.units import services as units
from anyuan.steering.supervision import queries, rules
from anyuan.steering.supervision.models import DrawPublished, Notice, Visit
from anyuan.steering.supervision.queries import waiting
from anyuan.steering.supervision.services import notices, visits
from conftest import NOON

from .stage_supervision import TODAY, all_closed, draw, issue, on_notice, on_visit, problems, served


def test_a_check_says_passed_or_failed(campus):
    notice = served(campus)
    all_closed(campus, notice)
    on_notice(campus, "陈主任", notices.answer, notice, words="已整改")
    office = campus.client("何局长")
    office.post(f"/supervision/notices/{notice.pk}/check/", {"words": "看过"})
    with acting(SYSTEM):
        assert Notice.objects.get().state == "answered"


def test_what_a_notice_demands_is_not_fixed_later_than_it_says(campus):
    notice = issue(campus)
    row = problems(notice)[0]
    with pytest.raises(Refused):
        assign(campus, row, until=11)
    assert assign(campus, row, until=10).deadline == notice.deadline


def test_more_time_than_a_notice_gives_is_granted_above(campus):
    row = problems(issue(campus))[0]
    assign(campus, row, owner="王门卫", until=10)
    until = TODAY + timedelta(days=20)
    doing(campus, "王门卫", deadlines.ask_more_time, row, until=until, words="等配件")
    grant = {"grant": True, "until": until, "words": ""}
    with pytest.raises(Refused):
        doing(campus, "赵校长", deadlines.decide_more_time, row, **grant)
    moved = doing(campus, "何局长", deadlines.decide_more_time, row, **grant)
    assert moved.deadline == moved.demanded == until


def test_a_notice_whose_hazard_is_open_again_comes_back(campus):
    notice = served(campus)
    all_closed(campus, notice)
    on_notice(campus, "陈主任", notices.answer, notice, words="已整改")
    on_notice(campus, "何局长", notices.check, notice, passed=True, words="")
    failed = {"passed": False, "words": "又坏了"}
    with pytest.raises(Refused):
        on_notice(campus, "何局长", notices.check, notice, **failed)
    doing(campus, "赵校长", rectifying.reopen, problems(notice)[0], words="又坏了")
    viewer = campus.viewer("何局长")
    with acting(viewer):
        waits = waiting.matters(viewer, [campus.units["青禾区"]], NOON)
    assert [m.act.url for m in waits] == [f"/supervision/notices/{notice.pk}/"]
    assert on_notice(campus, "何局长", notices.check, notice, **failed).state == "served"


def test_the_police_issue_in_the_name_of_their_own_station(campus):
    with acting(SYSTEM):
        station = units.create(
            parent=campus.units["城关街道"],
            kind="police_station",
            name="城关派出所",
            opened_on=TODAY - timedelta(days=900),
        )
        sun = campus.people["孙民警"]
        type(sun).objects.filter(pk=sun.pk).update(unit=station)
        sun.refresh_from_db()
    first = issue(campus, "孙民警", "城关街道")
    second = issue(campus, "周干事", "城关街道")
    assert [(n.office, n.number) for n in (first, second)] == [
        ("城关派出所", 1),
        ("城关街道", 1),
    ]


@pytest.mark.parametrize(
    "values", [{"basis": "x"}, {"deadline": TODAY + timedelta(days=90)}, {"state": "closed"}]
)
def test_a_school_changes_nothing_of_a_notice_even_past_the_program(campus, values):
    notice = issue(campus)
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        acting(campus.viewer("赵校长")),
    ):
        Notice.objects.filter(pk=notice.pk).update(**values)


def test_a_school_makes_no_notice_even_past_the_program(campus):
    notice = issue(campus)
    with pytest.raises(DatabaseError), transaction.atomic(), acting(campus.viewer("赵校长")):
        Notice.objects.bulk_create([replaced(notice)])


def replaced(notice):
    """The same notice once more, as another row."""
    notice.pk, notice.command, notice.number = None, uuid4(), 99
    notice._state.adding = True
    return notice


# -- what the third look found --------------------------------------------------------
def test_what_those_above_put_away_keeps_no_notice_open(campus):
    notice = served(campus)
    first, second = problems(notice)
    doing(campus, "林科长", sorting.dismiss, first, words="看错了")
    other = hazard(campus, place="围墙")
    doing(campus, "何局长", sorting.merge, second, into_id=other.pk)
    with pytest.raises(Refused):
        on_notice(campus, "陈主任", notices.answer, notice, words="已整改")
    assign(campus, other)
    fix(campus, other)
    close(campus, other)
    on_notice(campus, "陈主任", notices.answer, notice, words="已整改")
    done = on_notice(campus, "何局长", notices.check, notice, passed=True, words="")
    assert done.state == "closed"


def test_whoever_moved_from_a_school_still_has_an_interest_there(campus):
    district = campus.units["青禾区"]
    with acting(SYSTEM):
        zhao = campus.people["赵校长"]
        type(zhao).objects.filter(pk=zhao.pk).update(phone="13900000000")
        zhao.refresh_from_db()
        new = leaving.move(
            person=zhao,
            to=district,
            title="督学",
            heirs={},
            by=SYSTEM,
            at=NOON,
        )
        (inspector,) = queries.pool([new], NOON)
    school = campus.units["实验小学"].path
    assert not rules.is_free(inspector, school, district.path)


def test_two_that_end_the_last_visits_one_after_the_other_publish_the_draw(campus):
    made = draw(campus, count=2)
    with acting(SYSTEM):
        rows = list(Visit.objects.filter(draw=made))
    for row in rows:
        on_visit(campus, "何局长", visits.cancel, row, words="停课")
    with acting(SYSTEM):
        assert DrawPublished.objects.filter(draw=made).count() == 1
