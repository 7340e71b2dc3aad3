"""From an uploaded text to what each unit owes; nothing half done, nobody overwritten."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, acting
from anyuan.obligations.plans.models import Binding, Obligation, Plan
from anyuan.obligations.plans.rules import checking, dates, demands, standing
from anyuan.obligations.plans.services import adoption, drafts, reading, review
from anyuan.record.evidence.services.files import Upload
from conftest import NOON

TEXT = (
    "青禾区安全工作方案\n三、主要措施\n1.保安每班校园巡逻不少于2遍。"
    "\n2.学校每月开展一次安全隐患排查。\n3.寄宿制学校宿管每天查寝不少于2次。"
    "\n4.农村学校每学期组织应急演练2次。\n"
)


def upload(campus, text=TEXT, who="林科长", unit="青禾区", name="方案.txt"):
    viewer = campus.viewer(who)
    with acting(viewer):
        return reading.upload(
            unit=campus.units[unit],
            files=[Upload(name, text.encode() if isinstance(text, str) else text)],
            by=viewer,
            at=NOON,
        )


def accept_and_adopt(campus, plan, who="何局长", **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        review.accept_rest(plan_id=plan.pk, by=viewer, at=NOON)
        values = {
            "starts": date(2026, 3, 1),
            "ends": date(2026, 8, 1),
            "signature": viewer.name,
            **more,
        }
        return adoption.adopt(plan_id=plan.pk, by=viewer, at=NOON, **values)


def owed(campus, unit):
    return {
        b.obligation.action: b
        for b in Binding.objects.filter(unit=campus.units[unit]).select_related("obligation")
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 99, "图片"),
        (b"x" * (20 << 20), "10 MB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 9, "加密"),
        ("太短".encode(), "文字太少"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_and_nothing_is_kept(campus, data, words):
    with pytest.raises(Refused, match=words):
        upload(campus, data)
    assert not Plan.objects.exists()


def test_a_text_without_duties_is_kept_but_cannot_be_adopted(campus):
    (plan,) = upload(
        campus,
        "关于举办活动的通知\n"
        + "今天天气很好，大家都很高兴，活动顺利结束，感谢各方支持与配合。" * 3,
    )
    with pytest.raises(Refused, match="没有已接受的职责"):
        accept_and_adopt(campus, plan)


def test_a_duty_binds_the_units_its_scope_names(campus):
    (plan,) = upload(campus)
    accept_and_adopt(campus, plan)
    city, country = owed(campus, "实验小学"), owed(campus, "柳湾中学")
    assert (
        "寄宿制学校宿管每天查寝不少于2次" in country
        and "寄宿制学校宿管每天查寝不少于2次" not in city
    )
    assert (
        "农村学校每学期组织应急演练2次" in country and "农村学校每学期组织应急演练2次" not in city
    )
    patrol = city["保安每班校园巡逻不少于2遍"]
    assert (patrol.needed, patrol.cap, patrol.window) == (4, 2, "day")
    assert country["保安每班校园巡逻不少于2遍"].needed is None


def test_where_two_plans_ask_the_same_the_stricter_counts_and_both_are_shown(campus):
    (district,) = upload(campus)
    accept_and_adopt(campus, district)
    (own,) = upload(
        campus,
        "实验小学安全工作方案\n二、主要工作\n1.学校每周开展一次安全隐患排查,做好记录。"
        "\n2.保安每班校园巡逻不少于1遍,不留死角。",
        who="赵校长",
        unit="实验小学",
    )
    accept_and_adopt(campus, own, who="赵校长")
    mine = owed(campus, "实验小学")
    weekly = mine["学校每周开展一次安全隐患排查"]
    assert (
        mine["学校每月开展一次安全隐患排查"].yields_to_id == weekly.obligation_id
        and weekly.yields_to_id is None
    )
    assert (
        mine["保安每班校园巡逻不少于1遍"].yields_to_id
        == mine["保安每班校园巡逻不少于2遍"].obligation_id
    )
    assert owed(campus, "柳湾中学")["学校每月开展一次安全隐患排查"].yields_to_id is None


def test_what_two_plans_ask_alike_is_owed_once(campus):
    (district,) = upload(campus)
    accept_and_adopt(campus, district)
    (again,) = upload(campus, TEXT.replace("方案", "计划", 1))
    accept_and_adopt(campus, again)
    for school in ("实验小学", "柳湾中学"):
        by_plan = Counter(
            (b.obligation.plan_id, b.yields_to_id is None)
            for b in Binding.objects.filter(unit__name=school).select_related("obligation")
        )
        assert by_plan[district.pk, True] and not by_plan[district.pk, False]
        assert by_plan[again.pk, False] and not by_plan[again.pk, True]


def test_a_longer_name_of_the_same_work_is_the_same():
    rows = [
        demands.Demand(1, 1, "patrol.round", "count", "day", Decimal(2), frozenset({"巡逻"})),
        demands.Demand(2, 2, "patrol.round", "count", "day", Decimal(3), frozenset({"校园巡逻"})),
        demands.Demand(3, 2, "patrol.round", "count", "day", Decimal(9), frozenset({"夜巡"})),
    ]
    assert demands.stricter(rows) == {1: 2}


def test_each_class_holds_its_own_meeting_by_a_date(campus):
    (plan,) = upload(
        campus,
        "实验小学安全工作方案\n一、教育\n1.5月30日前每班召开1次安全主题班会,照片存档。学校要重视，认真做好准备，务求实效。",
        who="赵校长",
        unit="实验小学",
    )
    duty = plan.obligations.get()
    assert (duty.measure, duty.per) == ("by", "班")
    accept_and_adopt(campus, plan, who="赵校长")
    bound = Binding.objects.get()
    assert bound.cap == 1 and bound.needed in {None, bound.unit.classes}


def test_adoption_is_one_signed_act_of_a_leader(campus):
    (plan,) = upload(campus)
    with pytest.raises(Denied):
        accept_and_adopt(campus, plan, who="林科长")
    with pytest.raises(Refused, match="何局长"):
        accept_and_adopt(campus, plan, signature="赵校长")
    with pytest.raises(Refused, match="晚于开始"):
        accept_and_adopt(campus, plan, ends=date(2026, 2, 1))
    assert Plan.objects.get().status == "draft" and not Binding.objects.exists()
    adopted = accept_and_adopt(campus, plan)
    assert (adopted.adopted_by, adopted.adopted_at) == ("何局长", NOON)
    leader = campus.viewer("何局长")
    with acting(leader), pytest.raises(Refused, match=r"他人审定执行|已审定执行"):
        adoption.adopt(
            plan_id=plan.pk,
            starts=date(2026, 3, 1),
            ends=date(2026, 8, 1),
            signature="何局长",
            by=leader,
            at=NOON,
        )


def test_unreviewed_duties_hold_the_adoption_up(campus):
    (plan,) = upload(campus)
    leader = campus.viewer("何局长")
    with acting(leader), pytest.raises(Refused, match="还有 4 项"):
        adoption.adopt(
            plan_id=plan.pk,
            starts=date(2026, 3, 1),
            ends=date(2026, 8, 1),
            signature="何局长",
            by=leader,
            at=NOON,
        )


def test_two_reviewers_do_not_overwrite_each_other(campus):
    (plan,) = upload(campus)
    duty = plan.obligations.first()
    viewer = campus.viewer("林科长")
    with acting(viewer):
        review.review(obligation_id=duty.pk, version=1, verdict="accepted", by=viewer, at=NOON)
        with pytest.raises(drafts.Stale, match="没有覆盖"):
            review.review(obligation_id=duty.pk, version=1, verdict="dropped", by=viewer, at=NOON)
    assert Obligation.objects.get(pk=duty.pk).review == "accepted"


def test_edit_split_and_add(campus):
    (plan,) = upload(campus)
    duty = plan.obligations.get(activity="hazard.inspection")
    viewer = campus.viewer("林科长")
    with acting(viewer):
        change = {
            "action": "每季度排查",
            "holder": "学校",
            "activity": "hazard.inspection",
            "comparator": ">=",
            "quantity": Decimal(2),
            "measure_unit": "次",
            "period": "quarter",
            "per": "",
            "due": "",
            "applies_to": "all",
        }
        edited = review.edit(obligation_id=duty.pk, version=1, changes=change, by=viewer, at=NOON)
        assert (edited.measure, edited.kind, edited.review, edited.edited) == (
            "count",
            "quantified",
            "accepted",
            True,
        )
        twin = review.split(obligation_id=duty.pk, by=viewer)
        assert (twin.review, twin.start) == ("proposed", duty.start)
        start = plan.text.index("保安每班")
        added = review.add(plan_id=plan.pk, start=start, end=start + 13, by=viewer)
        assert (added.activity, added.quantity) == ("patrol.round", 2)
        with pytest.raises(Refused, match="选中"):
            review.add(plan_id=plan.pk, start=0, end=10**6, by=viewer)


def test_dates_get_their_years_from_the_adoption(campus):
    text = (
        "20xx年方案\n四、步骤\n(一)部署阶段(20xx年3月1日至3月20日)。动员。\n(二)总结阶段(次年1月)。"
        "总结。\n各学校于6月底和12月底前将工作总结报区教育局。"
    )
    (plan,) = upload(campus, text)
    assert plan.needs_year
    accept_and_adopt(campus, plan, starts=date(2026, 3, 1), ends=date(2027, 2, 1))
    assert next((p.starts, p.ends) for p in plan.phases.all()) == (
        date(2026, 3, 1),
        date(2026, 3, 21),
    )
    dues = set(plan.obligations.filter(activity="report.summary").values_list("due_on", flat=True))
    assert dues == {date(2026, 6, 30), date(2026, 12, 31)}


def test_an_ended_plan_asks_no_more_but_what_it_asked_stays(campus):
    (plan,) = upload(campus)
    accept_and_adopt(campus, plan)
    leader = campus.viewer("何局长")
    with acting(leader):
        adoption.retire(plan_id=plan.pk, by=leader, at=NOON)
        with pytest.raises(Refused):
            adoption.retire(plan_id=plan.pk, by=leader, at=NOON)
    assert set(Binding.objects.values_list("ends", flat=True)) == {date(2026, 5, 20)}


@dataclass
class R:
    activity: str = "patrol.round"
    comparator: str = ">="
    quantity: float | None = None
    unit: str | None = None
    period: str = "continuous"
    due: str | None = None
    action: str = ""


@pytest.mark.parametrize(
    ("read", "measure", "window", "needed"),
    [
        (R(quantity=2, unit="遍", period="shift"), "count", "day", 2),
        (R(comparator="exists", period="week"), "count", "week", 1),
        (R(quantity=2, unit="小时/次"), "every", "day", 120),
        (R("guards.count", quantity=4, unit="人"), "level", "month", 4),
        (R("defence.technical", quantity=90, unit="%"), "share", "month", 90),
        (R("coverage.rate", quantity=95, unit="%"), "level", "month", 95),
        (R("incident.report", "<=", 2, "小时", "before_date", "2小时内"), "within", "event", 120),
        (R("report.summary", "exists", period="before_date", due="06-30"), "by", "by", 1),
        (R("incident.occurred", "==", 0, "次"), "never", "month", 0),
        (R("duty.post", "==", 24, "小时"), "present", "day", 10),
        (R(quantity=2, unit="小时/次", action="夜间每2小时巡逻一次"), "nightly", "day", 120),
        (
            R("report.summary", "exists", period="before_date", due="开学前"),
            "declared",
            "month",
            None,
        ),
        (R(), "declared", "month", None),
    ],
)
def test_how_a_duty_is_checked(read, measure, window, needed):
    check = checking.check(read)
    assert (check.measure, check.window, check.needed) == (measure, window, needed)


def test_dates_that_do_not_exist_are_no_dates():
    assert dates.due_dates("09-31", date(2026, 3, 1), date(2027, 1, 1)) is None
    assert dates.due_dates("12-31", date(2026, 3, 1), date(2027, 2, 1)) == (
        date(2026, 3, 1),
        date(2027, 1, 1),
    )
    assert dates.due_dates("01-20", date(2026, 3, 1), date(2027, 2, 1)) == (
        date(2026, 3, 1),
        date(2027, 1, 21),
    )


NIGHT = checking.Check("nightly", "day", Decimal(120), "<=")
ROUND = checking.Check("present", "day", checking.ABSENT, "<=")
STATIONS = standing.Manned(frozenset({"gate", "night"}), (1290, 390))


@pytest.mark.parametrize(
    ("check", "holder", "words", "manned", "expected"),
    [
        (NIGHT, "保安", "夜间每2小时巡逻一次", STATIONS, ("nightly", "", (1290, 1830))),
        (
            NIGHT,
            "保安",
            "夜间(22:00至次日6:00)每2小时巡逻一次",
            None,
            ("nightly", "", (1320, 1800)),
        ),
        (NIGHT, "保安", "夜间每2小时巡逻一次", None, ("declared", "", None)),
        (ROUND, "门卫", "门卫室24小时值班", STATIONS, ("present", "gate", None)),
        (ROUND, "宿管", "宿舍24小时值班", STATIONS, ("declared", "", None)),
        (ROUND, "学校", "24小时值班", STATIONS, ("present", "", None)),
        (ROUND, "学校", "24小时值班", None, ("declared", "", None)),
    ],
)
def test_presence_and_the_night_are_judged_where_stations_say_who_and_when(
    check, holder, words, manned, expected
):
    found, post, night = checking.nights(check, holder, words, manned)
    assert (found.measure, post, night) == expected


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("22:00至次日6:00", (1320, 360)),
        ("21时30分到次日凌晨5时", (1290, 300)),
        ("晚上", None),
        ("6:00-22:00", (360, 1320)),
        ("25:00至3:00", None),
    ],
)
def test_hours_are_found_in_words(words, found):
    assert checking.hours(words) == found


@pytest.mark.parametrize(
    ("holder", "kinds"),
    [
        ("县交通运输局", ()),
        ("文化部门", ()),
        ("校车公司", ("school", "kindergarten")),
        ("学校后勤部门", ("school", "kindergarten")),
        ("家长委员会", ("school", "kindergarten")),
        ("安全员", ("school", "kindergarten")),
        ("县交通运输局/幼儿园", ("kindergarten",)),
    ],
)
def test_what_another_office_must_do_binds_no_school(holder, kinds):
    assert demands.bound_kinds(holder, "other") == kinds
