"""Who answers for what; exemptions asked below and decided above."""

from __future__ import annotations

from datetime import date

import pytest

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, acting
from anyuan.obligations.duties import queries, rules, services
from anyuan.obligations.duties.models import Exemption, Responsible
from anyuan.obligations.plans.models import Binding, Plan
from anyuan.obligations.plans.services import adoption, reading, review
from anyuan.org.people.services import leaving, persons
from anyuan.record.evidence.services.files import Upload
from conftest import NOON


@pytest.fixture
def owed(campus, adopted):
    """The monthly inspection that 实验小学 owes."""
    return Binding.objects.get(
        unit=campus.units["实验小学"], activity="hazard.inspection"
    ).obligation


def ask(campus, owed, starts=date(2026, 5, 1), ends=date(2026, 6, 1), who="陈主任", **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return services.ask(
            unit=campus.units["实验小学"],
            obligation_id=owed.pk,
            starts=starts,
            ends=ends,
            reason=more.get("reason", "校舍重建，暂停使用"),
            by=viewer,
            at=NOON,
        )


def decide(campus, row, who="何局长", grant=True, answer="同意"):
    viewer = campus.viewer(who)
    with acting(viewer):
        return services.decide(exemption_id=row.pk, grant=grant, answer=answer, by=viewer, at=NOON)


@pytest.mark.parametrize("who", ["陈主任", "赵校长", "周干事", "外人"])
def test_who_asks_or_stands_below_the_plan_does_not_decide(campus, owed, who):
    row = ask(campus, owed)
    with pytest.raises(Exception) as caught:
        decide(campus, row, who=who)
    assert type(caught.value).__name__ in {"Denied", "Invisible"}
    assert Exemption.objects.get().state == "asked"


def test_a_leader_does_not_grant_their_own_wish(campus, owed):
    viewer = campus.viewer("何局长")
    with acting(viewer):
        row = services.ask(
            unit=campus.units["实验小学"],
            obligation_id=owed.pk,
            starts=date(2026, 5, 1),
            ends=date(2026, 6, 1),
            reason="x",
            by=viewer,
            at=NOON,
        )
        with pytest.raises(Denied):
            services.decide(exemption_id=row.pk, grant=True, answer="", by=viewer, at=NOON)


def test_a_second_click_asks_once_and_a_second_decision_is_refused(campus, owed):
    row = ask(campus, owed)
    assert ask(campus, owed).pk == row.pk
    decide(campus, row, grant=False, answer="不具备条件")
    with pytest.raises(Refused, match="他人处理"):
        decide(campus, row)
    assert Exemption.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (date(2026, 6, 1), date(2026, 6, 1)),
        (date(2026, 6, 1), date(2027, 7, 1)),
        (date(2026, 1, 1), date(2026, 7, 1)),
    ],
)
def test_an_exemption_has_bounds(campus, owed, starts, ends):
    with pytest.raises(Refused):
        ask(campus, owed, starts, ends)


def test_a_refusal_says_why(campus, owed):
    with pytest.raises(Refused, match="原因"):
        decide(campus, ask(campus, owed), grant=False, answer="")


# -- who answers ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("holder", "who"),
    [
        ("校长", "赵"),
        ("值班领导", "钱"),
        ("保安", "孙"),
        ("安全办", "李"),
        ("学校", "李"),
        ("班主任", None),
        ("公安派出所", None),
    ],
)
def test_posts_say_who_likely_answers(holder, who):
    posts = [("副校长", "钱"), ("校长", "赵"), ("保安队长", "孙"), ("安全办主任", "李")]
    assert rules.likely(holder, posts) == who


def test_filling_in_names_the_post_holders_and_leaves_what_was_named(campus, owed):
    zhao, school = campus.viewer("赵校长"), campus.units["实验小学"]
    with acting(zhao):
        persons.add_post(
            person=campus.people["陈主任"], unit=school, title="安全办主任", by=zhao, at=NOON
        )
        services.name_responsible(
            unit=school, obligation_id=owed.pk, person=campus.people["李老师"], by=zhao, at=NOON
        )
        named = services.fill(unit=school, by=zhao, at=NOON)
        rows = {o.obligation.pk: o.person for o in queries.owing(school, date(2026, 5, 20))}
        assert named >= 1
        assert rows[owed.pk].name == "李老师"
        assert services.fill(unit=school, by=zhao, at=NOON) == 0


def test_a_stranger_cannot_be_named(campus, owed):
    zhao = campus.viewer("赵校长")
    with acting(zhao), pytest.raises(Refused):
        services.name_responsible(
            unit=campus.units["实验小学"],
            obligation_id=owed.pk,
            person=campus.people["外人"],
            by=zhao,
            at=NOON,
        )


def test_duties_are_handed_over_with_the_rest(campus, owed):
    zhao, school = campus.viewer("赵校长"), campus.units["实验小学"]
    with acting(zhao):
        services.name_responsible(
            unit=school, obligation_id=owed.pk, person=campus.people["李老师"], by=zhao, at=NOON
        )
        (theirs,) = leaving.belongings(campus.people["李老师"])
        leaving.leave(
            person=campus.people["李老师"],
            heirs={theirs.key: campus.people["陈主任"]},
            by=zhao,
            at=NOON,
        )
    assert Responsible.objects.get(until=None).person.name == "陈主任"


def test_a_new_version_of_a_plan_keeps_who_answers_and_what_is_exempt(campus, owed, adopted):
    zhao, he, root = campus.viewer("赵校长"), campus.viewer("何局长"), campus.units["青禾区"]
    with acting(zhao):
        services.name_responsible(
            unit=campus.units["实验小学"],
            obligation_id=owed.pk,
            person=campus.people["李老师"],
            by=zhao,
            at=NOON,
        )
    decide(campus, ask(campus, owed, date(2026, 6, 1), date(2026, 7, 1)))
    text = (
        "青禾区护校安园工作方案\n三、主要措施\n1.学校每月开展两次安全隐患排查。"
        "\n2.学校每学期开展一次法治讲座。\n"
    )
    with acting(he):
        (new,) = reading.upload(
            unit=root, files=[Upload("新方案.txt", text.encode())], by=he, at=NOON
        )
        reading.replace(plan_id=new.pk, old_id=adopted.pk, by=he)
        review.accept_rest(plan_id=new.pk, by=he, at=NOON)
        adoption.adopt(
            plan_id=new.pk,
            starts=date(2026, 5, 20),
            ends=date(2026, 8, 1),
            signature="何局长",
            by=he,
            at=NOON,
        )
    assert Plan.objects.get(pk=adopted.pk).status == "retired"
    twice = Binding.objects.get(
        obligation__plan=new, unit=campus.units["实验小学"], activity="hazard.inspection"
    )
    assert Responsible.objects.get(until=None).obligation_id == twice.obligation_id
    assert Exemption.objects.filter(obligation_id=twice.obligation_id, state="granted").exists()
    assert Binding.objects.get(obligation=owed, unit=campus.units["实验小学"]).ends == date(
        2026, 5, 20
    )
