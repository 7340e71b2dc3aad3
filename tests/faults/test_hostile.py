"""What somebody tried: numbers that take for ever, answers to others' incidents, words no database
keeps.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from anyuan.judging.assessment import services as assessment
from anyuan.judging.assessment.queries import cells
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.models import Binding, Obligation
from anyuan.obligations.plans.services import adoption, reading, review
from anyuan.record.evidence import api, queries
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import checkpoints, files, recording
from anyuan.record.evidence.services.files import Upload
from conftest import NOON, PIXEL


def send(campus, verb="fact.record", who="赵校长", unit="实验小学", **fields):
    return api.apply(
        campus.viewer(who),
        uuid4(),
        verb,
        {"unit": campus.units[unit].pk if isinstance(unit, str) else unit, **fields},
        "",
        NOON,
    )


@pytest.mark.parametrize("people", ["1e3000000", "-1", "1e9", "NaN", "Infinity", "3.5"])
def test_numbers_are_judged_by_their_bounds_before_anything_else(campus, people):
    status, answer = send(campus, activity="training.staff", theme="消防", people=people)
    assert status == 422 and "people" in answer["errors"]


@pytest.mark.parametrize(
    "fields",
    [
        {"place": "a\x00b"},
        {"place": "\ud800"},
        {"place": "长" * 200_000},
        {"unit": float("inf")},
        {"unit": 10**30},
        {"occurred_at": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_what_cannot_be_kept_is_refused_with_an_answer(campus, fields):
    status, answer = send(campus, **{"activity": "patrol.round", "place": "东门", **fields})
    assert status in {409, 422} and answer["truth"] == "refused" and answer["because"]


def test_an_endless_verb_is_refused(campus):
    assert send(campus, verb="x" * 5000)[0] == 422
    assert send(campus, verb="no.such")[0] == 409


def incident(campus, unit="实验小学", who="赵校长", at=NOON - timedelta(hours=5)):
    status, answer = send(
        campus,
        who=who,
        unit=unit,
        activity="incident.occurred",
        place="操场",
        subject="摔伤",
        result="已送医",
        occurred_at=at.isoformat(),
    )
    assert status == 200
    return answer["result"]["fact"]


REPORT = {"activity": "incident.report", "recipient": "区教育局", "result": "已报"}


def test_only_an_incident_of_ones_own_can_be_answered_and_only_afterwards(campus):
    foreign = incident(campus, "柳湾中学", "外人")
    own = incident(campus)
    patrol = send(campus, activity="patrol.round", place="东门")[1]["result"]["fact"]
    for answers in (foreign, patrol, 10**12):
        assert send(campus, **REPORT, answers=answers)[0] == 409
    early = (NOON - timedelta(hours=9)).isoformat()
    assert "不能早于" in send(campus, **REPORT, answers=own, occurred_at=early)[1]["because"]
    assert send(campus, **REPORT, answers=own)[0] == 200


def test_a_record_cannot_be_said_for_a_duty_that_is_not_owed(campus, adopted):
    country = Binding.objects.exclude(obligation__bindings__unit=campus.units["实验小学"]).first()
    for obligation in filter(None, (10**9, country and country.obligation_id)):
        status, answer = send(campus, activity="patrol.round", place="东门", obligation=obligation)
        assert status == 409 and "不属于本单位" in answer["because"]
    own = Binding.objects.filter(unit=campus.units["实验小学"], activity="patrol.round").first()
    assert (
        send(campus, activity="patrol.round", place="东门", obligation=own.obligation_id)[0] == 200
    )


def test_correcting_an_incident_keeps_its_answer(campus):
    leader = campus.viewer("何局长")
    text = "方案\n三、主要措施\n1.发生突发事件,学校须在2小时内将突发事件报告区教育局。"
    with acting(leader):
        (plan,) = reading.upload(
            unit=campus.units["青禾区"],
            files=[Upload("a.txt", (text * 1 + "\n工作要求:认真落实。" * 5).encode())],
            by=leader,
            at=NOON,
        )
        review.accept_rest(plan_id=plan.pk, by=leader, at=NOON)
        adoption.adopt(
            plan_id=plan.pk,
            starts=date(2026, 3, 1),
            ends=date(2026, 8, 1),
            signature="何局长",
            by=leader,
            at=NOON,
        )
    duty = Obligation.objects.get(measure="within")
    first = incident(campus)
    send(campus, **REPORT, answers=first, occurred_at=(NOON - timedelta(hours=4)).isoformat())

    def verdict():
        with acting(SYSTEM):
            assessment.catch_up(NOON)
            before = assessment.snapshot()
            assessment.rebuild(NOON)
            assert assessment.snapshot() == before
            return [
                c.verdict
                for c in cells.one(campus.units["实验小学"].pk, duty.pk, date(2026, 5, 20), NOON)
            ]

    assert verdict() == ["met"]
    fields = {
        "fact": first,
        "reason": "地点写错",
        "place": "教室",
        "subject": "摔伤",
        "result": "已送医",
        "occurred_at": (NOON - timedelta(hours=5)).isoformat(),
    }
    assert send(campus, "fact.correct", **fields)[0] == 200
    assert verdict() == ["met"]


def test_a_correction_keeps_the_proof_and_a_withdrawn_record_stays_withdrawn(campus):
    viewer = campus.viewer("赵校长")
    with acting(viewer):
        old = recording.record(
            unit=campus.units["实验小学"],
            fact=recording.NewFact(activity="patrol.round", occurred_at=NOON),
            by=viewer,
            at=NOON,
            uploads=[files.Upload("a.png", PIXEL)],
        )
        with pytest.raises(Refused, match="最多附 6"):
            recording.record(
                unit=campus.units["实验小学"],
                fact=recording.NewFact(activity="patrol.round", occurred_at=NOON),
                by=viewer,
                at=NOON,
                uploads=[files.Upload("a.png", PIXEL)] * 7,
            )
    new = send(campus, "fact.correct", fact=old.pk, reason="改", place="西门")[1]["result"]["fact"]
    assert [a.digest for a in queries.attachments(Fact.objects.get(pk=new))] == old.files
    gone = send(campus, "fact.correct", fact=new, reason="没有发生", withdrawn="on")[1]["result"][
        "fact"
    ]
    assert "已撤销" in send(campus, "fact.correct", fact=gone, reason="改", place="x")[1]["because"]


def test_a_checkpoint_is_the_installations_and_a_school_checks_only_its_own(campus):
    send(campus, activity="patrol.round", place="东门")
    send(campus, who="外人", unit="柳湾中学", activity="patrol.round", place="东门")
    school, other = (campus.units[n].pk for n in ("实验小学", "柳湾中学"))
    with acting(campus.viewer("赵校长")):
        own = checkpoints.checkpoint_of({school}, day=date(2026, 5, 20), at=NOON)
        whole = checkpoints.sign(day=date(2026, 5, 20), at=NOON)
        assert set(own["heads"]) == {str(school)} and set(whole["heads"]) == {
            str(school),
            str(other),
        }
        assert checkpoints.check_checkpoint(whole, units={school}) == []


def test_after_a_stricter_plan_has_ended_the_laxer_counts_again(campus, adopted):
    principal = campus.viewer("赵校长")
    text = (
        "实验小学工作方案\n二、主要工作\n"
        "1.学校每周开展一次安全隐患排查,查细查实,不留死角,不走过场。"
    )
    with acting(principal):
        (own,) = reading.upload(
            unit=campus.units["实验小学"],
            files=[Upload("a.txt", text.encode())],
            by=principal,
            at=NOON,
        )
        review.accept_rest(plan_id=own.pk, by=principal, at=NOON)
        adoption.adopt(
            plan_id=own.pk,
            starts=date(2026, 4, 1),
            ends=date(2026, 8, 1),
            signature="赵校长",
            by=principal,
            at=NOON,
        )
    school = campus.units["实验小学"].pk
    lax = Binding.objects.get(unit=school, obligation__plan=adopted, activity="hazard.inspection")
    assert lax.yields_to is not None

    def yields(day, now):
        with acting(SYSTEM):
            assessment.catch_up(now)
            assessment.open_windows(now)
            return cells.one(school, lax.obligation_id, day, now)[0].yields_to

    assert yields(date(2026, 5, 1), NOON) == lax.yields_to_id
    assert yields(date(2026, 3, 1), NOON) is None
    with acting(principal):
        adoption.retire(plan_id=own.pk, by=principal, at=NOON)
    later = NOON + timedelta(days=20)
    assert (
        yields(date(2026, 6, 1), later) is None
        and yields(date(2026, 5, 1), later) == lax.yields_to_id
    )


@pytest.mark.parametrize(
    "url",
    [
        "/month/?month=9999-12",
        "/month/?month=0001-01",
        "/facts/?activity=%00",
        "/facts/?page=999999999999",
        "/record/patrol.round/?obligation=²",
        "/record/patrol.round/?obligation=" + "9" * 5000,
        "/board/?town=x&phase=%00",
        "/reports/summary/?from=0001-01-01&until=9999-01-01",
        "/reports/summary/?from=x",
        "/month/?unit=1",
        "/verdicts/1/1/2026-99-99/",
        "/d/?token=%00",
        "/c/%00/",
        "/roster/?day=9999-12-31",
        "/roster/?day=x",
        "/patrols/?day=0001-01-01",
        "/wall/?unit=1",
    ],
)
def test_odd_addresses_are_answered(campus, adopted, url):
    assert campus.client("赵校长").get(url).status_code in {200, 400, 404}


def test_a_school_cannot_write_the_districts_summary(campus, adopted):
    assert (
        campus.client("赵校长")
        .get(f"/reports/summary.docx?unit={campus.units['青禾区'].pk}")
        .status_code
        == 404
    )


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "nan"},
        {"quantity": "1e999"},
        {"action": "a\x00"},
        {"due": "@\x00"},
        {"quantity": "-1"},
    ],
)
def test_an_odd_edit_is_refused(campus, change):
    from anyuan.kernel.commands import Refused
    from anyuan.obligations.plans.forms import parse_edit

    with pytest.raises(Refused):
        parse_edit({"action": "检查", "activity": "hazard.inspection", **change})
