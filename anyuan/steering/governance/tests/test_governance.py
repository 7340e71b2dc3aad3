"""Meetings that become records, rules with versions, letters that only their person signs."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from docx import Document

from anyuan.judging.assessment import services as assess
from anyuan.kernel import clock
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.people.services import charges, leaving
from anyuan.org.people.services import persons as persons_services
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.queries import words as read_words
from anyuan.steering.governance import queries, rules
from anyuan.steering.governance.models import Attendance, Decision, Letter, RuleVersion
from anyuan.steering.governance.services import letters, library, meetings
from conftest import NOON, filled


def call(campus, **more):
    zhao = campus.viewer("赵校长")
    values = {
        "kind": "monthly",
        "title": "五月安全例会",
        "starts_at": NOON,
        "place": "会议室",
        "chair": campus.people["赵校长"],
        "agenda": ["隐患整改", ""],
    }
    with acting(zhao):
        return meetings.call(
            unit=campus.units["实验小学"],
            by=zhao,
            at=NOON,
            **filled(meetings.call, {**values, **more}),
        )


def act(campus, who, function, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return function(by=viewer, **filled(function, more))


def test_a_meeting_from_the_call_to_the_record_it_becomes(campus, adopted):
    found = call(campus)
    assert call(campus).pk == found.pk  # called twice is one meeting
    act(campus, "李老师", meetings.attend, meeting_id=found.pk, code=found.code, at=NOON)
    act(campus, "李老师", meetings.attend, meeting_id=found.pk, code=found.code, at=NOON)
    with pytest.raises(Refused, match="签到码不对"):
        act(campus, "王门卫", meetings.attend, meeting_id=found.pk, code="x", at=NOON)
    act(
        campus,
        "赵校长",
        meetings.mark,
        meeting_id=found.pk,
        persons=[campus.people["王门卫"], campus.people["外人"]],
        at=NOON,
    )
    assert [(a.person.name, a.by_code) for a in Attendance.objects.order_by("pk")] == [
        ("李老师", True),
        ("王门卫", False),
    ]
    act(
        campus,
        "赵校长",
        meetings.decide,
        meeting_id=found.pk,
        text="六月前修好东门",
        person=campus.people["陈主任"],
        due=date(2026, 6, 1),
    )
    held = act(
        campus,
        "赵校长",
        meetings.hold,
        meeting_id=found.pk,
        minutes="通报隐患整改情况。",
        at=NOON + timedelta(hours=1),
    )
    fact = Fact.objects.get(pk=held.fact_id)
    assert (fact.activity, read_words(fact).said["people"], read_words(fact).said["chair"]) == (
        "meeting.safety",
        2,
        "赵校长",
    )
    for again in (
        lambda: act(
            campus,
            "赵校长",
            meetings.hold,
            meeting_id=found.pk,
            minutes="x",
            at=NOON + timedelta(hours=2),
        ),
        lambda: act(campus, "赵校长", meetings.cancel, meeting_id=found.pk, at=NOON),
    ):
        with pytest.raises(Refused, match="已结束"):
            again()
    words = "\n".join(p.text for p in Document(io.BytesIO(meetings.minutes_docx(held))).paragraphs)
    for said in (
        "五月安全例会",
        "出席（2人）：李老师、王门卫（补记）",
        "通报隐患整改情况。",
        "六月前修好东门（陈主任，2026年06月01日前）",
    ):
        assert said in words


def test_a_meeting_nobody_came_to_or_that_has_not_begun_is_not_held(campus):
    found = call(campus)
    with pytest.raises(Refused, match="没有人签到"):
        act(
            campus,
            "赵校长",
            meetings.hold,
            meeting_id=found.pk,
            minutes="x",
            at=NOON + timedelta(hours=1),
        )
    later = call(campus, title="六月例会", starts_at=NOON + timedelta(days=3))
    act(
        campus,
        "赵校长",
        meetings.mark,
        meeting_id=later.pk,
        persons=[campus.people["王门卫"]],
        at=NOON,
    )
    with pytest.raises(Refused, match="还没有开始"):
        act(campus, "赵校长", meetings.hold, meeting_id=later.pk, minutes="x", at=NOON)
    assert not Fact.objects.exists()


@pytest.mark.parametrize("minutes", [-31, 241])
def test_the_code_counts_only_around_the_time(campus, minutes):
    found = call(campus)
    with pytest.raises(Refused, match="会议前后"):
        act(
            campus,
            "李老师",
            meetings.attend,
            meeting_id=found.pk,
            code=found.code,
            at=NOON + timedelta(minutes=minutes),
        )


def test_a_meeting_needs_a_chair_of_the_unit(campus):
    with pytest.raises(Refused, match="主持人"):
        call(campus, chair=campus.people["外人"])
    with pytest.raises(Invisible):
        act(campus, "外人", meetings.attend, meeting_id=call(campus).pk, code="1", at=NOON)


def test_a_decision_is_done_by_its_person_or_the_office_and_comes_back_until_then(campus, adopted):
    found = call(campus)
    row = act(
        campus,
        "赵校长",
        meetings.decide,
        meeting_id=found.pk,
        text="修好东门",
        person=campus.people["李老师"],
        due=date(2026, 5, 25),
    )
    with acting(SYSTEM):
        assess.catch_up(NOON)
    with acting(campus.viewer("赵校长")):
        agenda = queries.proposed_agenda(campus.units["实验小学"], NOON)
    assert agenda[0] == "上次议定事项未完成：修好东门（李老师）"
    assert any(line.startswith("欠缺：") for line in agenda)
    with pytest.raises(Denied):
        act(campus, "王门卫", meetings.finish, decision_id=row.pk, result="好了", at=NOON)
    with pytest.raises(Refused):
        act(campus, "李老师", meetings.finish, decision_id=row.pk, result="", at=NOON)
    act(campus, "李老师", meetings.finish, decision_id=row.pk, result="门已换", at=NOON)
    act(campus, "陈主任", meetings.finish, decision_id=row.pk, result="again", at=NOON)
    assert Decision.objects.get().result == "门已换"


def test_decisions_are_handed_over_when_somebody_leaves(campus):
    found = call(campus)
    act(
        campus,
        "赵校长",
        meetings.decide,
        meeting_id=found.pk,
        text="修好东门",
        person=campus.people["李老师"],
        due=date(2026, 5, 25),
    )
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        (theirs,) = leaving.belongings(campus.people["李老师"])
        leaving.leave(
            person=campus.people["李老师"],
            heirs={theirs.key: campus.people["陈主任"]},
            by=zhao,
            at=NOON,
        )
    assert Decision.objects.get().person.name == "陈主任"


# -- rules --------------------------------------------------------------------
def write(campus, text, base, who="陈主任", **more):
    values = {
        "title": "门卫制度",
        "owner": campus.people["陈主任"],
        "review_on": date(2027, 1, 1),
        "readers": "保安",
    }
    return act(
        campus,
        who,
        library.write,
        unit=campus.units["实验小学"],
        text=text,
        base=base,
        at=NOON,
        **{**values, **more},
    )


def test_a_rule_replaced_while_being_read_is_not_taken_as_read(campus):
    rule = write(campus, "一、来访登记。", 0, readers="")
    write(campus, "一、来访登记。\n二、查验证件。", 1, readers="")
    with pytest.raises(Refused, match="第 2 版"):
        act(campus, "王门卫", library.say_read, rule_id=rule.pk, number=1, at=NOON)
    act(campus, "王门卫", library.say_read, rule_id=rule.pk, number=2, at=NOON)
    with pytest.raises(Refused, match="第 2 版"):
        write(campus, "三、", 1, who="赵校长", readers="")
    assert RuleVersion.objects.count() == 2


def test_who_must_read_is_told_by_posts_and_shown_until_read(campus):
    zhao, school = campus.viewer("赵校长"), campus.units["实验小学"]
    with acting(zhao):
        persons_services.add_post(
            person=campus.people["王门卫"], unit=school, title="保安员", by=zhao, at=NOON
        )
    rule = write(campus, "一、来访登记。", 0)
    with acting(campus.viewer("王门卫")):
        (shelf,) = queries.library(school, campus.viewer("王门卫"))
        assert (shelf.wanted, shelf.read, shelf.mine) == (1, 0, True)
    act(campus, "王门卫", library.say_read, rule_id=rule.pk, number=1, at=NOON)
    with acting(campus.viewer("李老师")):
        (shelf,) = queries.library(school, campus.viewer("李老师"))
        assert (shelf.read, shelf.mine) == (1, False)


@pytest.mark.parametrize(
    "more", [{"readers": "宇航员"}, {"readers": "", "review_on": date(2026, 5, 20)}]
)
def test_a_rule_has_readers_and_a_day_that_lies_ahead(campus, more):
    with pytest.raises(Refused):
        write(campus, "一、", 0, **more)


def test_a_decision_again_corrects_its_day_and_none_lies_before_the_meeting(campus):
    found = call(campus)
    for day in (date(2026, 6, 1), date(2026, 6, 9)):
        act(
            campus,
            "赵校长",
            meetings.decide,
            meeting_id=found.pk,
            text="修好东门",
            person=campus.people["李老师"],
            due=day,
        )
    assert Decision.objects.get().due == date(2026, 6, 9)
    with pytest.raises(Refused, match="早于会议"):
        act(
            campus,
            "赵校长",
            meetings.decide,
            meeting_id=found.pk,
            text="修好西门",
            person=campus.people["李老师"],
            due=date(2020, 1, 1),
        )


def test_what_was_typed_is_still_there_when_it_is_refused(campus):
    found = call(campus)
    client = campus.client("赵校长")
    page = client.post(f"/meetings/{found.pk}/hold/", {"minutes": "写了很久的会议记录"})
    assert page.status_code == 400
    assert "写了很久的会议记录" in page.content.decode()
    page = client.post(
        "/rules/write/",
        {
            "title": "门卫制度",
            "text": "写了很久的制度",
            "owner": campus.people["陈主任"].pk,
            "review_on": "2020-01-01",
            "base": "0",
        },
    )
    assert (page.status_code, "写了很久的制度" in page.content.decode()) == (400, True)


def test_the_agenda_that_is_proposed_holds_words_and_no_template(campus):
    page = campus.client("赵校长").get("/meetings/").content.decode()
    assert "{{" not in page


def test_differences_are_shown_line_by_line():
    found = [(c.what, c.lines) for c in rules.difference("一\n二\n三", "一\n二二\n三\n四")]
    assert found == [
        ("same", ("一",)),
        ("gone", ("二",)),
        ("new", ("二二",)),
        ("same", ("三",)),
        ("new", ("四",)),
    ]


# -- letters ------------------------------------------------------------------
def test_letters_are_written_from_the_charges_and_signed_by_their_person_alone(campus):
    zhao, school, li = campus.viewer("赵校长"), campus.units["实验小学"], campus.people["李老师"]
    with acting(zhao):
        charges.give(
            unit=school, person=li, area="教学楼", place=None, school=None, by=zhao, at=NOON
        )
        assert letters.issue(unit=school, year=2026, by=zhao, at=NOON) == 1
        assert letters.issue(unit=school, year=2026, by=zhao, at=NOON) == 0
        charges.give(unit=school, person=li, area="操场", place=None, school=None, by=zhao, at=NOON)
        assert letters.issue(unit=school, year=2026, by=zhao, at=NOON) == 1
    letter = Letter.objects.get()
    assert letter.lines == ["包保：操场", "包保：教学楼"]
    with pytest.raises(Denied):
        act(campus, "赵校长", letters.sign, letter_id=letter.pk, signature="李老师", at=NOON)
    with pytest.raises(Refused):
        act(campus, "李老师", letters.sign, letter_id=letter.pk, signature="别人", at=NOON)
    act(campus, "李老师", letters.sign, letter_id=letter.pk, signature="李老师", at=NOON)
    with acting(zhao):
        charges.give(unit=school, person=li, area="食堂", place=None, school=None, by=zhao, at=NOON)
        assert (
            letters.issue(unit=school, year=2026, by=zhao, at=NOON) == 0
        )  # what was signed stays as it was signed
    with pytest.raises(Denied):
        act(campus, "陈主任", letters.issue, unit=school, year=2026, at=NOON)


def test_calling_a_meeting_says_whom_it_reaches(campus):
    with acting(SYSTEM):
        signs_in = sum(1 for p in campus.units["实验小学"].people.all() if p.username)
        chair = campus.people["赵校长"].pk
    sent = {
        "kind": "monthly",
        "title": "十一月安全例会",
        "starts_at": f"{clock.now() + timedelta(days=2):%Y-%m-%dT15:00}",
        "place": "会议室",
        "chair": chair,
        "agenda": "隐患",
    }
    page = campus.client("赵校长").post("/meetings/call/", sent, follow=True)
    said = [str(m) for m in page.context["messages"]]
    assert len(said) == 1 and str(signs_in) in said[0]
