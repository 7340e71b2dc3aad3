"""Short wordings: how often, how many and who, each said in few characters."""

from __future__ import annotations

import pytest

from anyuan.obligations.reading import holders, measures, rules

HEAD = "河东中学安全工作方案\n一、日常\n1."


def read(text: str) -> list[tuple[str, object, str | None, str, str | None]]:
    return [
        (m.comparator, m.quantity, m.unit, m.period, m.due)
        for m in measures.read(text, on_duty=False)
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("楼道一天三扫", [("==", 3, "次", "day", None)]),
        ("纱窗半月一洗", [("==", 0.5, "月/次", "month", None)]),
        ("门前早晚两扫", [("==", 2, "次", "day", "@早、晚")]),
        ("夜里四十分钟一巡", [("==", 40, "分钟/次", "continuous", "@夜间")]),
        ("夜里一刻钟一巡", [("==", 15, "分钟/次", "continuous", "@夜间")]),
        ("夜里半小时一巡", [("==", 30, "分钟/次", "continuous", "@夜间")]),
        ("两周开一次碰头会", [("==", 2, "周/次", "week", None)]),
        ("一周上一节安全课", [("==", 1, "节", "week", None)]),
        ("水管组周查,伙房日查", [("==", 1, "次", "week", None), ("==", 1, "次", "day", None)]),
        ("灯泡功率不高于40瓦", [("<=", 40, "瓦", "continuous", None)]),
        ("参加比价的商家不少于3家", [(">=", 3, "家", "continuous", None)]),
        ("师生知晓率不低于九成五", [(">=", 95, "%", "continuous", None)]),
        ("跟队老师与孩子之比不低于1:20", [(">=", 1, "人", "continuous", None)]),
        ("未满13周岁的学生不得骑车上路", [(">=", 13, "岁", "continuous", None)]),
        ("发现隐患半小时内上报", [("<=", 30, "分钟", "before_date", "发现后30分钟")]),
        ("全员撤离用时不超过两分半", [("<=", 2.5, "分钟", "continuous", None)]),
        ("大门早上6:50开,7:45关", [("exists", None, None, "day", "@06:50~07:45")]),
        (
            "楼道口一人,车棚两人",
            [("==", 1, "人", "continuous", None), ("==", 2, "人", "continuous", None)],
        ),
    ],
)
def test_what_few_words_ask(text, wanted):
    assert read(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "今天天气很好,大家都很高兴",
        "漏打一点扣当月补助",
        "五年一贯制学生另行安排",
        "一年一度的运动会顺利结束",
        "外出50人以上的,另行通知",
        "操场两周三查",
        "灯具3月两查",
    ],
)
def test_what_only_looks_like_it(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("家长知晓率达95%以上", {"学校"}),
        ("召开教职工大会一次", {"学校"}),
        ("校门口须有两名教师同时在岗", {"教师"}),
        ("专职保安配足4名", {"学校"}),
        ("低年级学生每天由班主任送到路口", {"班主任"}),
        ("电工每月检查一次配电房", {"电工"}),
        ("8月25日前,总务处把教室逐间检查一遍", {"后勤处"}),
        ("对门岗、食堂、校车每月自查一遍", {"学校"}),
        ("门卫室每月清点一次器材,由安全办负责", {"安全办"}),
    ],
)
def test_who_acts(text, who):
    (plan,) = rules.read("x", HEAD + text + "。")
    assert {o.duty_holder for o in plan.obligations} == who


def test_a_bracket_says_whose_part_follows():
    (plan,) = rules.read(
        "x",
        "河东中学各部门安全工作分工\n【总务处】配电房每周检查一次;电梯每15日维保一次。\n"
        "【教务处】实验室药品每月清点一次。\n",
    )
    assert [o.duty_holder for o in plan.obligations] == ["后勤处", "后勤处", "教务处"]


def test_another_month_is_another_matter():
    (plan,) = rules.read(
        "x",
        "河东小学安全行事历\n一、安排\n三月:食堂每天留样一次。\n四月:开展防震演练一次。\n",
    )
    assert plan.obligations[-1].duty_holder == "学校"


def test_who_is_counted_does_not_employ():
    found = holders.subjects("每岗保安不少于2名")
    assert not [s for s in found if s.names == "保安"]
