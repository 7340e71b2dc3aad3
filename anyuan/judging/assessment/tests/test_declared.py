"""What is only said to be so stands apart from what is measured, and is said in one act."""

from __future__ import annotations

from uuid import uuid4

import pytest

from anyuan.judging.assessment import services, views
from anyuan.judging.assessment.queries import boards, cells, waiting
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.models import Fact
from conftest import NOON, put_in_force

SLOGANS = "".join(
    f"{i}.学校要加强第{name}类隐患排查，落实整改。\n" for i, name in enumerate("甲乙丙丁", 2)
)
PLAN = f"青禾区学校方案\n一、主要措施\n1.学校每天校园巡逻不少于2遍。\n{SLOGANS}"


@pytest.fixture
def owing(campus, monkeypatch):
    """A plan of one measured duty and eight that are only declared, in force."""
    monkeypatch.setattr(views, "now", lambda: NOON)
    monkeypatch.setattr("anyuan.front.desk.views.now", lambda: NOON)
    plan = put_in_force(campus, PLAN, last_month=6)
    with acting(SYSTEM):
        services.rebuild(NOON)
    return plan


def card(campus, who="赵校长"):
    viewer = campus.viewer(who)
    with acting(viewer):
        return waiting.home_declared(viewer, [campus.units["实验小学"]], NOON)


def send(campus, duties, who="赵校长", command=None):
    return campus.client(who).post(
        "/declare/",
        {"duty": duties, "result": "已按要求落实", "command": str(command or uuid4())},
    )


def asked(campus):
    return [f"{i.unit_id}-{i.obligation.pk}" for i, _unit in card(campus)["open"]]


def test_what_is_declared_is_in_no_figure_of_what_is_measured(campus, owing):
    school = campus.units["实验小学"]
    viewer = campus.viewer("赵校长")
    with acting(viewer):
        board = boards.board([school], NOON)
        shown = boards.fill(board.rows, NOON)
        head = waiting.home_headline(viewer, [school], NOON)
        found = waiting.matters(viewer, [school], NOON)
    declared = {i.obligation.pk for i, _unit in card(campus)["open"]}
    assert len(declared) == 8
    assert not declared & {o.pk for o in shown} and board.rows[0].to_declare == 8
    assert head["total"] == sum(board.rows[0].counts.values()) == 1
    told = {m.key.split("-")[2] for m in found if m.key.startswith("owed-")}
    assert not told & {str(pk) for pk in declared}
    page = campus.client("赵校长").get("/").content.decode()
    assert "须报告落实：已报告 0 / 8 项" in page
    month = campus.client("赵校长").get("/month/").content.decode()
    assert month.index('id="declared"') > month.index("校园巡逻")


def test_several_are_said_in_one_act_and_a_second_click_says_nothing_twice(campus, owing):
    three, command = asked(campus)[:3], uuid4()
    for _click in range(2):
        assert send(campus, three, command=command).status_code == 302
    with acting(SYSTEM):
        facts = Fact.objects.filter(activity="declaration")
        assert facts.count() == 3
        services.catch_up(NOON)
    now = card(campus)
    assert (now["done"], len(now["open"])) == (3, 5)
    with acting(campus.viewer("赵校长")):
        one = cells.due_now([campus.units["实验小学"].pk], NOON)
    assert sum(1 for i in one if i.verdict == "declared") == 3


def test_nobody_declares_for_another_school(campus, owing):
    campus.client("外人").post("/declare/", {"duty": asked(campus), "result": "x"})
    with acting(SYSTEM):
        assert not Fact.objects.filter(activity="declaration").exists()


@pytest.mark.parametrize("duty", ["", "x", "1", "0-0", "9" * 30 + "-1", "-", "1-2-3"])
def test_what_names_no_duty_is_refused(campus, owing, duty):
    answer = campus.client("赵校长").post("/declare/", {"duty": duty, "result": "x"})
    assert answer.status_code in {302, 404}
    with acting(SYSTEM):
        assert not Fact.objects.filter(activity="declaration").exists()


def test_nothing_ticked_says_what_to_do(campus, owing):
    client = campus.client("赵校长")
    client.post("/declare/", {"result": "x"})
    assert "没有勾选" in client.get("/").content.decode()
