"""A hazard is owned, fixed with a photo, verified by another, and can be opened again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.field.hazards.models import Hazard, HazardStep
from anyuan.field.hazards.services import deadlines, finding, rectifying, sorting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.people.services import leaving
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import recording
from conftest import NOON

from .stage_hazards import (
    TODAY,
    again,
    assign,
    close,
    closed,
    doing,
    fix,
    found,
    hazard,
)


def steps(row):
    with acting(SYSTEM):
        return list(HazardStep.objects.filter(hazard=row).values_list("what", flat=True))


def rectified():
    """Records that something was rectified and that nothing withdraws."""
    with acting(SYSTEM):
        newest = Fact.objects.filter(activity="hazard.rectify", corrections=None)
        return list(newest.filter(withdrawn=False).order_by("pk"))


def test_from_found_to_closed_and_the_record_is_of_the_moment_it_was_fixed(campus):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row, at=NOON + timedelta(hours=1))
    assert rectified() == []
    done = close(campus, row, at=NOON + timedelta(days=1))
    (fact,) = rectified()
    assert (done.state, done.rectified_id) == ("closed", fact.pk)
    assert fact.occurred_at == NOON + timedelta(hours=1)
    assert fact.answers_id == row.fact_id
    with acting(SYSTEM):
        assert fact.attachments.count() == 1
    assert steps(row) == ["assigned", "fixed", "closed"]


@pytest.mark.parametrize(
    ("fixer", "verifier", "may"),
    [
        ("王门卫", "陈主任", True),
        ("陈主任", "陈主任", False),
        ("陈主任", "赵校长", True),
        ("赵校长", "陈主任", False),
        ("赵校长", "赵校长", False),
        ("赵校长", "周干事", True),
        ("赵校长", "林科长", True),
    ],
)
def test_nobody_verifies_their_own_work_or_that_of_one_over_them(campus, fixer, verifier, may):
    row = hazard(campus)
    assign(campus, row, owner=fixer)
    fix(campus, row, who=fixer)
    if may:
        assert close(campus, row, who=verifier).state == "closed"
        return
    with pytest.raises(Refused):
        close(campus, row, who=verifier)
    assert (again(row).state, rectified()) == ("fixed", [])


@pytest.mark.parametrize(("who", "error"), [("李老师", Denied), ("外人", Invisible)])
def test_others_neither_assign_nor_fix_nor_verify(campus, who, error):
    row = hazard(campus)
    with pytest.raises(error):
        assign(campus, row, who=who)
    assign(campus, row)
    with pytest.raises(error):
        fix(campus, row, who=who)
    fix(campus, row)
    with pytest.raises(error):
        close(campus, row, who=who)


def test_a_major_one_is_verified_from_above(campus):
    row = hazard(campus)
    assign(campus, row, grade="major", criterion="exits")
    fix(campus, row)
    for who in ("陈主任", "赵校长"):
        with pytest.raises(Refused):
            close(campus, row, who=who)
    assert close(campus, row, who="周干事").state == "closed"


def test_without_a_photo_it_is_not_fixed(campus):
    row = hazard(campus)
    assign(campus, row)
    with pytest.raises(Refused):
        fix(campus, row, uploads=())
    assert again(row).state == "assigned"


def test_sent_back_its_owner_goes_on(campus):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    back = doing(campus, "陈主任", rectifying.send_back, row, words="仍松动")
    assert (back.state, back.fixed_by_id, back.result) == ("assigned", None, "")
    fix(campus, row)
    assert close(campus, row).state == "closed"


def test_opened_again_its_record_is_withdrawn_and_a_second_one_follows(campus):
    row = closed(campus)
    again_ = doing(
        campus, "赵校长", rectifying.reopen, row, NOON + timedelta(days=30), words="又松了"
    )
    assert (again_.state, again_.reopened, rectified()) == ("assigned", 1, [])
    fix(campus, row, at=NOON + timedelta(days=31))
    close(campus, row, at=NOON + timedelta(days=32))
    assert len(rectified()) == 1


def test_after_ninety_days_it_is_reported_anew(campus):
    row = closed(campus)
    with pytest.raises(Refused):
        doing(campus, "陈主任", rectifying.reopen, row, NOON + timedelta(days=91), words="又松了")


def test_a_second_click_closes_once(campus):
    row = closed(campus)
    with pytest.raises(Refused):
        close(campus, row)
    assert len(rectified()) == 1


# -- deadlines ----------------------------------------------------------------------
def test_a_deadline_moves_later_only_when_it_is_granted_by_one_over_the_asker(campus):
    row = hazard(campus)
    assign(campus, row, until=3)
    with pytest.raises(Refused):
        assign(campus, row, until=9)
    later = TODAY + timedelta(days=9)
    doing(campus, "王门卫", deadlines.ask_more_time, row, until=later, words="等配件")
    assert again(row).deadline == TODAY + timedelta(days=3)
    grant = {"grant": True, "until": later, "words": "同意"}
    with pytest.raises(Denied):
        doing(campus, "王门卫", deadlines.decide_more_time, row, **grant)
    doing(campus, "陈主任", deadlines.decide_more_time, row, **grant)
    assert again(row).deadline == later
    assert steps(row) == ["assigned", "asked", "extended"]


def test_nobody_grants_what_they_asked_for_nor_what_one_over_them_asks(campus):
    row = hazard(campus)
    assign(campus, row, owner="赵校长")
    until = TODAY + timedelta(days=20)
    doing(campus, "赵校长", deadlines.ask_more_time, row, until=until, words="等经费")
    for who in ("赵校长", "陈主任", "周干事"):
        with pytest.raises(Refused):
            doing(campus, who, deadlines.decide_more_time, row, grant=True, until=until, words="")
    no = {"grant": False, "until": until, "words": "先围挡"}
    doing(campus, "林科长", deadlines.decide_more_time, row, **no)
    refused = again(row)
    assert (refused.deadline, refused.asked_until) == (TODAY + timedelta(days=7), None)


@pytest.mark.parametrize("until", [-1, 367])
def test_a_day_has_bounds(campus, until):
    with pytest.raises(Refused):
        assign(campus, hazard(campus), until=until)


def test_whoever_fixes_it_is_of_the_unit(campus):
    with pytest.raises(Refused):
        assign(campus, hazard(campus), owner="外人")


# -- from records -------------------------------------------------------------------
def test_records_become_hazards_once(campus):
    found(campus)
    found(campus, "柳湾中学")
    with acting(SYSTEM):
        assert finding.follow(0) == 2
        assert finding.follow(0) == 0
        assert Hazard.objects.filter(state="found").count() == 2


def test_a_record_that_is_corrected_keeps_its_hazard_and_one_withdrawn_ends_it(campus):
    row = hazard(campus)
    with acting(SYSTEM):
        for withdrawn, state in ((False, "found"), (True, "withdrawn")):
            newest = Fact.objects.get(activity="hazard.found", corrections=None)
            change = recording.NewFact(
                activity="hazard.found",
                occurred_at=newest.occurred_at,
                payload={"place": "西门", "subject": "护栏松动"},
                withdrawn=withdrawn,
            )
            new = recording.correct(fact=newest, change=change, by=SYSTEM, at=NOON, reason="写错")
            finding.follow(0)
            assert (again(row).newest_id, again(row).state) == (new.pk, state)


def test_one_that_a_record_alone_answers_is_closed_without_a_verifier(campus):
    row = hazard(campus)
    with acting(SYSTEM):
        fact = recording.NewFact(
            activity="hazard.rectify", occurred_at=NOON, answers_id=row.fact_id
        )
        recording.record(unit=row.unit, fact=fact, by=SYSTEM, at=NOON)
        finding.follow(0)
    assert (again(row).state, again(row).closed_by_id) == ("closed", None)


def test_merged_into_another_of_the_unit_and_no_other(campus):
    first, second = hazard(campus), hazard(campus)
    elsewhere = hazard(campus, "柳湾中学")
    with pytest.raises(Invisible):
        doing(campus, "陈主任", sorting.merge, second, into_id=elsewhere.pk)
    with pytest.raises(Refused):
        doing(campus, "何局长", sorting.merge, second, into_id=elsewhere.pk)
    merged = doing(campus, "陈主任", sorting.merge, second, into_id=first.pk)
    assert (merged.state, merged.merged_into_id) == ("merged", first.pk)
    assert steps(first) == ["merged"]


def test_what_somebody_was_to_fix_passes_on_when_they_leave(campus):
    row = hazard(campus)
    assign(campus, row)
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        leaving.leave(
            person=campus.people["王门卫"], heirs={f"hazard-{row.pk}": None}, by=zhao, at=NOON
        )
    assert again(row).owner_id == campus.people["陈主任"].pk
