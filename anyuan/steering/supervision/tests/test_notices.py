"""A rectification notice has a number, is signed for, answered and checked again."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from docx import Document

from anyuan.field.hazards.services import finding, rectifying, sorting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.messages import services as messages
from anyuan.org.messages.models import InboxEntry
from anyuan.org.units import services as units
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import recording
from anyuan.steering.supervision import queries
from anyuan.steering.supervision.models import Notice
from anyuan.steering.supervision.queries import waiting
from anyuan.steering.supervision.services import notices
from conftest import NOON

from .stage_supervision import TODAY, all_closed, issue, on_notice, problems, served


def test_its_problems_are_hazards_of_the_school_told_from_above(campus):
    notice = issue(campus)
    rows = problems(notice)
    assert [(r.unit_id, r.source, r.state) for r in rows] == [
        (campus.units["实验小学"].pk, "above", "found")
    ] * 2
    assert str(notice) == "青教安改字〔2026〕1号"


def test_numbers_follow_each_other_and_the_same_form_twice_is_one_notice(campus):
    command = uuid4()
    first, again = issue(campus, command=command), issue(campus, command=command)
    second = issue(campus, school="柳湾中学")
    elsewhere = issue(campus, "周干事", "城关街道")
    assert (first.pk, first.number, second.number, elsewhere.number) == (again.pk, 1, 2, 1)


@pytest.mark.parametrize("who", ["王门卫", "李老师", "陈主任", "赵校长"])
def test_no_school_issues_one(campus, who):
    with pytest.raises((Denied, Invisible)):
        issue(campus, who, "实验小学")


def test_a_town_issues_none_to_a_school_of_another_town(campus):
    with pytest.raises((Refused, Invisible)):
        issue(campus, "周干事", "城关街道", school="柳湾中学")


@pytest.mark.parametrize(
    "more",
    [
        {"deadline": TODAY - timedelta(days=1)},
        {"deadline": TODAY + timedelta(days=400)},
        {"inspected_on": TODAY + timedelta(days=1)},
    ],
)
def test_days_have_bounds(campus, more):
    with pytest.raises(Refused):
        issue(campus, **more)


def test_a_closed_school_gets_none(campus):
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        type(school).objects.filter(pk=school.pk).update(closed_on=TODAY)
    school.refresh_from_db()
    with pytest.raises(Refused):
        issue(campus)


def test_from_issued_to_closed(campus):
    notice = served(campus)
    with pytest.raises(Refused):
        on_notice(campus, "陈主任", notices.answer, notice, words="都改好了")
    all_closed(campus, notice)
    answered = on_notice(campus, "陈主任", notices.answer, notice, words="都改好了")
    assert answered.state == "answered"
    done = on_notice(campus, "林科长", notices.check, notice, passed=True, words="属实")
    assert (done.state, done.checked_by) == ("closed", "林科长")


@pytest.mark.parametrize("who", ["王门卫", "何局长", "周干事"])
def test_the_school_itself_signs_and_nobody_in_its_stead(campus, who):
    with pytest.raises(Denied):
        on_notice(campus, who, notices.serve, issue(campus), signature="x")


def test_another_school_neither_sees_nor_signs(campus):
    notice = issue(campus)
    with pytest.raises(Invisible):
        on_notice(campus, "外人", notices.serve, notice, signature="x")


def test_a_check_that_fails_says_why_and_the_school_goes_on(campus):
    notice = served(campus)
    all_closed(campus, notice)
    on_notice(campus, "陈主任", notices.answer, notice, words="都改好了")
    with pytest.raises(Refused):
        on_notice(campus, "林科长", notices.check, notice, passed=False, words="")
    back = on_notice(campus, "林科长", notices.check, notice, passed=False, words="监控仍黑屏")
    assert (back.state, back.conclusion) == ("served", "监控仍黑屏")


def test_it_does_not_pass_while_a_hazard_was_opened_again(campus):
    notice = served(campus)
    all_closed(campus, notice)
    on_notice(campus, "陈主任", notices.answer, notice, words="都改好了")
    viewer, row = campus.viewer("何局长"), problems(notice)[0]
    with acting(viewer):
        rectifying.reopen(hazard_id=row.pk, words="仍松动", by=viewer, at=NOON)
    with pytest.raises(Refused):
        on_notice(campus, "林科长", notices.check, notice, passed=True, words="")


def test_a_second_click_signs_once(campus):
    notice = served(campus)
    with pytest.raises(Refused):
        on_notice(campus, "陈主任", notices.serve, notice, signature="别人")
    with acting(SYSTEM):
        assert Notice.objects.get().served_to == "陈主任"


def told(at):
    with acting(SYSTEM):
        messages.tell_matters(waiting.to_tell(at), at)
        rows = InboxEntry.objects.filter(body__contains="青教安改字").order_by("pk")
        return list(rows.values_list("person__name", "subject"))


def test_the_school_hears_of_it_and_the_issuer_of_the_answer(campus):
    notice = issue(campus)
    assert told(NOON) == [("陈主任", "请签收整改通知书"), ("赵校长", "请签收整改通知书")]
    on_notice(campus, "陈主任", notices.serve, notice, signature="陈主任")
    all_closed(campus, notice)
    on_notice(campus, "陈主任", notices.answer, notice, words="都改好了")
    assert ("何局长", "整改通知书已回告，请复查") in told(NOON)


def waits(campus, who, *names):
    viewer = campus.viewer(who)
    with acting(viewer):
        found = waiting.matters(viewer, [campus.units[n] for n in names], NOON)
        return [m.key.rsplit("-", 1)[1] for m in found if m.is_of(viewer)]


def test_it_waits_for_the_school_then_for_the_office(campus):
    notice = issue(campus)
    assert waits(campus, "陈主任", "实验小学") == ["issued"]
    assert waits(campus, "何局长", "青禾区") == []
    on_notice(campus, "陈主任", notices.serve, notice, signature="陈主任")
    all_closed(campus, notice)
    on_notice(campus, "陈主任", notices.answer, notice, words="都改好了")
    assert waits(campus, "陈主任", "实验小学") == []
    assert waits(campus, "何局长", "青禾区") == ["answered"]


def test_the_paper_holds_number_problems_basis_and_signature(campus):
    notice = served(campus)
    body = campus.client("赵校长").get(f"/supervision/notices/{notice.pk}/paper.docx").content
    text = "\n".join(p.text for p in Document(io.BytesIO(body)).paragraphs)
    for said in ("青教安改字〔2026〕1号", "东门：值守记录缺失", "第十六条", "签收人：陈主任"):
        assert said in text


@pytest.mark.parametrize("how", ["dismiss", "merge", "withdraw"])
def test_the_school_puts_nothing_away_that_was_found_from_above(campus, how):
    notice = served(campus)
    rows = problems(notice)
    viewer = campus.viewer("陈主任")
    if how == "withdraw":
        with acting(SYSTEM):
            fact = Fact.objects.get(pk=rows[0].newest_id)
            gone = recording.NewFact(
                activity="hazard.found", occurred_at=fact.occurred_at, withdrawn=True
            )
            recording.correct(fact=fact, change=gone, by=SYSTEM, at=NOON, reason="误报")
            finding.follow(0)
    else:
        act = {"dismiss": sorting.dismiss, "merge": sorting.merge}[how]
        more = {"dismiss": {"words": "没有"}, "merge": {"into_id": rows[1].pk}}[how]
        with acting(viewer), pytest.raises(Refused):
            act(hazard_id=rows[0].pk, by=viewer, at=NOON, **more)
    assert [r.state for r in problems(notice)] == ["found", "found"]


def test_the_paper_says_what_was_served_whatever_the_record_says_by_now(campus):
    notice = served(campus)
    with acting(SYSTEM):
        fact = Fact.objects.get(pk=problems(notice)[0].newest_id)
        change = recording.NewFact(
            activity="hazard.found",
            occurred_at=fact.occurred_at,
            payload={"place": "操场", "subject": "一切正常"},
        )
        recording.correct(fact=fact, change=change, by=SYSTEM, at=NOON, reason="改")
        finding.follow(0)
    body = campus.client("赵校长").get(f"/supervision/notices/{notice.pk}/paper.docx").content
    text = "\n".join(p.text for p in Document(io.BytesIO(body)).paragraphs)
    assert "东门：值守记录缺失" in text
    assert "一切正常" not in text


def test_no_school_and_no_office_elsewhere_issues_one_in_its_name(campus):
    for unit in ("柳湾镇", "柳湾中学"):
        with pytest.raises(Refused):
            issue(campus, "何局长", unit)


def test_an_office_beside_the_schools_issues_in_its_own_name(campus):
    he = campus.viewer("何局长")
    with acting(SYSTEM):
        bureau = campus.units["区教育局"] = units.create(
            parent=campus.units["青禾区"],
            kind="education_bureau",
            name="区教育局",
            opened_on=campus.units["青禾区"].opened_on,
        )
    with acting(he):
        assert {s.name for s in queries.schools_of(bureau)} == {"实验小学", "柳湾中学"}
    assert issue(campus, "何局长", "区教育局").office == "区教育局"


def test_a_new_answer_ends_what_the_last_check_said_and_each_is_told(campus):
    notice = served(campus)
    all_closed(campus, notice)
    answered = []
    for minutes in (1, 3):
        at = NOON + timedelta(minutes=minutes)
        back = on_notice(campus, "陈主任", notices.answer, notice, at, words="改好了")
        assert back.conclusion == ""
        answered.append([n for n, s in told(at) if s == "整改通知书已回告，请复查"].count("何局长"))
        later = at + timedelta(minutes=1)
        on_notice(campus, "林科长", notices.check, notice, later, passed=False, words="没好")
        told(later)
    assert answered == [1, 2]
    assert [s for n, s in told(NOON) if n == "赵校长"].count("整改通知书须整改") == 2


# -- the page -----------------------------------------------------------------------
def form(campus, **more):
    return {
        "unit": campus.units["青禾区"].pk,
        "school": campus.units["实验小学"].pk,
        "word": "青教安改字",
        "inspected_on": "2026-05-01",
        "inspectors": "何局长",
        "basis": "421-16",
        "deadline": "2026-12-30",
        "problems": "东门：值守记录缺失\n围墙:监控损坏",
        "command": str(uuid4()),
        **more,
    }


def test_the_page_issues_one(campus, monkeypatch):
    monkeypatch.setattr("anyuan.steering.supervision.views.now", lambda: NOON)
    office = campus.client("何局长")
    answer = office.post("/supervision/notices/issue/", form(campus))
    assert answer.status_code == 302
    assert office.get(answer.url).status_code == 200
    assert office.get("/supervision/").status_code == 200
    assert campus.client("赵校长").get(answer.url).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"problems": "没有冒号"},
        {"problems": ""},
        {"problems": "\n".join(f"地点{i}：坏了" for i in range(31))},
        {"problems": "长" * 81 + "：坏了"},
        {"basis": "", "other_basis": ""},
        {"word": ""},
        {"deadline": "soon"},
        {"school": ""},
    ],
)
def test_what_is_wrong_in_the_form_is_said_and_the_rest_stays(campus, monkeypatch, more):
    monkeypatch.setattr("anyuan.steering.supervision.views.now", lambda: NOON)
    page = campus.client("何局长").post("/supervision/notices/issue/", form(campus, **more))
    assert page.status_code == 400
    assert 'value="何局长"' in page.content.decode()
    with acting(SYSTEM):
        assert not Notice.objects.exists()
