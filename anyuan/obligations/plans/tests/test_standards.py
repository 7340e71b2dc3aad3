"""Standards offered as a plan, and what of a school decides what it owes."""

from __future__ import annotations

from datetime import date

import pytest

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import acting
from anyuan.obligations.plans.models import Binding, Obligation
from anyuan.obligations.plans.services import adoption, reading, review
from anyuan.record.activities import rules as activities
from conftest import NOON


def offer(campus, ids, who="何局长"):
    viewer = campus.viewer(who)
    with acting(viewer):
        plan = reading.offer_standards(unit=campus.units["青禾区"], ids=ids, by=viewer, at=NOON)
        review.accept_rest(plan_id=plan.pk, by=viewer, at=NOON)
        return adoption.adopt(
            plan_id=plan.pk,
            starts=date(2026, 3, 1),
            ends=date(2026, 8, 1),
            signature=viewer.name,
            by=viewer,
            at=NOON,
        )


def test_every_standard_has_a_source_a_certainty_and_an_activity():
    for s in activities.standards():
        assert s.source
        assert s.certainty in {"P", "2", "2*", "1", "M"}
        assert activities.get(s.activity)
        assert s.chosen == (s.certainty != "M")


def test_chosen_standards_become_a_plan_whose_words_name_their_source(campus):
    plan = offer(campus, ["patrol.daily", "drill.school", "drill.kindergarten", "fire.night"])
    assert "GB/T 29315-2022" in plan.text
    for duty in plan.obligations.all():
        assert plan.text[duty.start : duty.end] == duty.action
    school = campus.units["实验小学"]
    owed = {
        b.obligation.rule: b
        for b in Binding.objects.filter(unit=school).select_related("obligation")
    }
    assert (owed["standard patrol.daily"].measure, owed["standard patrol.daily"].needed) == (
        "count",
        5,
    )
    assert "standard drill.kindergarten" not in owed
    assert "standard fire.night" not in owed  # 实验小学 has no boarders
    night = Obligation.objects.get(plan=plan, rule="standard fire.night")
    # A gap at night is judged within the night, and a person declares it where nobody has said when
    # that is.
    assert night.measure == "nightly"
    assert {b.measure for b in Binding.objects.filter(obligation=night)} == {"declared"}


@pytest.mark.parametrize(
    ("pupils", "needed"), [(1000, 3), (1499, 3), (1500, 4), (2600, 6), (None, None)]
)
def test_guards_grow_with_the_pupils(campus, pupils, needed):
    school = campus.units["实验小学"]
    school.pupils = pupils
    school.save()
    offer(campus, ["guard.large"])
    found = Binding.objects.filter(unit=school).first()
    assert found is not None
    assert found.needed == needed


def test_nothing_chosen_is_no_plan(campus):
    with pytest.raises(Refused, match="至少选择一项"):
        offer(campus, ["unknown"])


def test_what_a_school_is_decides_what_it_owes_and_only_those_above_say_it(campus):
    offer(campus, ["bus.daily"])
    school = campus.units["实验小学"]
    body = {"unit": school.pk, "pupils": "900", "shifts": "2", "school_bus": "no"}
    assert campus.client("赵校长").post("/organisation/describe/", body).status_code == 403
    assert campus.client("林科长").post("/organisation/describe/", body).status_code == 302
    assert not Binding.objects.filter(unit=school, obligation__rule="standard bus.daily").exists()
    campus.client("林科长").post("/organisation/describe/", {**body, "school_bus": "yes"})
    assert Binding.objects.filter(unit=school, obligation__rule="standard bus.daily").exists()
    refused = campus.client("林科长").post(
        "/organisation/describe/", {**body, "pupils": "a lot"}, follow=True
    )
    assert "之间的数字" in refused.content.decode()
