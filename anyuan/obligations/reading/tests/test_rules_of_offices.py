"""What rules of schools and offices ask in the words of rules: ages, latest times, days before."""

from __future__ import annotations

import pytest

from anyuan.obligations.reading import rules

TITLE = "清溪学校安全管理办法\n"


def read(text: str) -> list[tuple[object, ...]]:
    (plan,) = rules.read("", TITLE + text)
    return [
        (o.activity, o.comparator, o.quantity, o.unit, o.period, o.due)
        for o in plan.obligations
        if o.kind != "standing"
    ]


def holders(text: str, title: str = TITLE) -> set[str]:
    (plan,) = rules.read("", title + text)
    return {o.duty_holder for o in plan.obligations if o.kind != "standing"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("接送车的车龄不得逾八年。", [("bus.check", "<=", 8, "年", "continuous", None)]),
        (
            "前款情形至迟不得超过十二小时向教育局报告。",
            [("report.summary", "<=", 12, "小时", "before_date", "12小时内")],
        ),
        (
            "检查中发现的毛病,五日内必须加以解决。",
            [("hazard.rectify", "<=", 5, "天", "before_date", "发现后5日")],
        ),
        ("坚持每周末安全大检查。", [("hazard.inspection", "==", 1, "次", "week", "@周末")]),
        (
            "每月及长假前检查一次灭火器。",
            [
                ("fire.check", "==", 1, "次", "month", None),
                ("fire.check", "==", 1, "次", "before_date", "长假前"),
            ],
        ),
        (
            "总结应于每年六月二十一日前报教育局。",
            [("report.summary", "==", 1, "次", "year", "@每年6月21日前")],
        ),
        (
            "值班人员必须在下班前全面检查一次。",
            [("hazard.inspection", "==", 1, "次", "day", "@下班前")],
        ),
        (
            "升旗仪式每周举行一次,时间为星期一早晨。",
            [("lesson.safety", "==", 1, "次", "week", "@周一")],
        ),
        ("须在下午五时前离校。", [("leave.slip", "exists", None, None, "day", "@17:00")]),
        (
            "学校应于施工五日前报消防部门。",
            [("report.summary", "==", 5, "天", "before_date", "施工前5天")],
        ),
        ("学生每天按时到校。", [("attendance", "==", 1, "次", "day", None)]),
        ("每班不少于十一人值守。", [("duty.post", ">=", 11, "人", "shift", None)]),
        ("每三十人至少配随车教师一人。", [("guards.count", ">=", 1, "人", "continuous", None)]),
    ],
)
def test_what_a_rule_asks(text, wanted):
    assert read(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "逾六十岁至年满六十三岁者,凭证明驾驶。",
        "旷课十二节给予警告处分。",
        "迟到四次作旷课一节。",
        "本办法自公布之日起施行。",
        "组长任期两年。",
        "周六、周日临时请假:必须凭请假条。",
        "周一是一周的开始。",
        "应附半年内有效的证明。",
        "按月收取住宿费。",
        "二〇〇九年三月",
    ],
)
def test_what_asks_for_nothing(text):
    assert read(text) == []


def test_a_number_that_says_per_how_many_is_no_number_of_its_own():
    assert all(q != 10 for _a, _c, q, *_ in read("每四十人至少安排一名教师陪同。"))


def test_what_follows_a_semicolon_is_about_what_stands_before_it():
    found = read("组织灭火和疏散培训;每半年不少于一次,并事先报告教育局。")
    assert found == [("training.staff", ">=", 1, "次", "half_year", None)]


def test_whoever_a_document_is_of_acts_where_nobody_is_named():
    assert holders("九月份:\n1、检查机房用电。", "清溪中学信息中心2024年工作计划\n") == {"信息中心"}
    garden = "幼儿园应建立制度。\n幼儿园应登记来访。\n幼儿园应做好晨检。\n幼儿园应关好大门。\n"
    assert holders(garden + "每学期召开一次会议。", "安全管理办法\n") == {"幼儿园"}
    drivers = "校车驾驶人应符合下列条件:\n一、年龄不超过六十岁。\n二、每年体检一次。"
    assert holders(drivers) == {"校车驾驶员"}
