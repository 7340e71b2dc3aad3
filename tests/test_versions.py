"""Versions compared, standards offered, the calendar changed: and what is owed follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from anyuan.judging.assessment import services as assess
from anyuan.judging.assessment.models import Cell, Window
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.models import Binding, Obligation
from anyuan.obligations.plans.rules import versions
from anyuan.obligations.plans.services import adoption, binding, reading, review
from anyuan.org.units import services as units
from anyuan.org.units.rules import TermDates, months
from anyuan.record.activities import rules as activities
from conftest import NOON


@dataclass
class Said:
    pk: int
    action: str
    activity: str = "patrol.round"
    quantity: Decimal | None = Decimal(2)
    period: str = "day"
    holder: str = "保安"
    measure: str = "count"
    comparator: str = ">="
    measure_unit: str = "次"
    per: str = ""
    due: str = ""
    applies_to: str = "all"


def test_versions_are_matched_duty_by_duty():
    old = [
        Said(1, "保安每天巡逻校园不少于2次"),
        Said(2, "每月召开安全例会", "meeting.safety", None, "month"),
        Said(3, "每学期演练一次", "drill.evacuation", None, "term"),
    ]
    new = [
        Said(4, "每月召开安全例会", "meeting.safety", None, "month"),
        Said(5, "保安每天巡逻校园不少于3次", quantity=Decimal(3)),
        Said(6, "每周走访一次", "police.visit", None, "week"),
    ]
    found = {
        (p.old.pk if p.old else None, p.new.pk if p.new else None): (p.what, p.changed)
        for p in versions.compare(old, new)
    }
    assert found == {
        (2, 4): ("same", ()),
        (1, 5): ("changed", ("action", "quantity")),
        (None, 6): ("new", ()),
        (3, None): ("gone", ()),
    }


# -- standards ----------------------------------------------------------------
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


# -- the calendar ---------------------------------------------------------------
def opened(campus, name, kind="day"):
    from anyuan.org.units import queries

    return set(
        Window.objects.filter(
            calendar=queries.calendar_unit(campus.units[name]), kind=kind
        ).values_list("starts", flat=True)
    )


def change(campus, who, unit, act):
    viewer = campus.viewer(who)
    with acting(viewer):
        act(campus.units[unit])
        binding.calendar_changed(
            unit=campus.units[unit], what="calendar.exception", by=viewer, at=NOON
        )
    with acting(SYSTEM):
        assess.catch_up(NOON)
        before = assess.snapshot()
        assess.rebuild(NOON)
        assert assess.snapshot() == before


def test_windows_follow_an_exception_of_one_school_and_of_nobody_else(campus, adopted):
    flood = date(2026, 5, 18)
    with acting(SYSTEM):
        assess.catch_up(NOON)
    assert flood in opened(campus, "实验小学")
    change(
        campus,
        "赵校长",
        "实验小学",
        lambda unit: units.except_days(
            unit=unit, first=flood, last=flood, is_school_day=False, reason="汛情停课"
        ),
    )
    assert flood not in opened(campus, "实验小学")
    assert flood in opened(campus, "柳湾中学")
    school = campus.units["实验小学"]
    assert not Cell.objects.filter(unit=school, starts=flood, ends=date(2026, 5, 19)).exists()
    assert Cell.objects.filter(unit=school).exists()
    # Undone, everything stands as before.
    change(campus, "赵校长", "实验小学", lambda unit: units.drop_exception(unit=unit, day=flood))
    assert flood in opened(campus, "实验小学")
    assert Cell.objects.filter(unit=school, starts=flood, ends=date(2026, 5, 19)).exists()


def test_windows_follow_a_term_that_ends_earlier(campus, adopted):
    with acting(SYSTEM):
        assess.catch_up(NOON)
    change(
        campus,
        "何局长",
        "青禾区",
        lambda unit: units.set_term(
            unit=unit, name="春季学期", starts=date(2026, 2, 24), ends=date(2026, 5, 16)
        ),
    )
    assert max(opened(campus, "实验小学")) == date(2026, 5, 15)
    assert opened(campus, "实验小学", "term") == {date(2026, 2, 24)}
    assert Window.objects.get(kind="term").ends == date(2026, 5, 16)


def test_a_school_page_changes_its_own_calendar_and_not_that_of_the_district(campus, adopted):
    principal = campus.client("赵校长")
    day = date.today() + timedelta(days=3)
    body = {
        "unit": campus.units["实验小学"].pk,
        "do": "except",
        "first": str(day),
        "last": str(day),
        "school": "0",
        "reason": "六一活动",
    }
    assert principal.post("/calendar/", body).status_code == 302
    assert "六一活动" in principal.get("/calendar/").content.decode()
    assert (
        principal.post("/calendar/", {**body, "unit": campus.units["青禾区"].pk}).status_code == 404
    )
    assert campus.client("王门卫").post("/calendar/", body).status_code == 403


def test_a_year_is_shown_with_why_each_day_is_what_it_is():
    found = months(
        date(2026, 5, 20),
        [TermDates("春", date(2026, 2, 24), date(2026, 7, 4))],
        {date(2026, 5, 20): False},
    )
    assert [m.first.month for m in found] == [9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8]
    may = {d.day.day: d.why for d in found[8].days}
    assert (may[1], may[9], may[16], may[20], may[21]) == (
        "holiday",
        "make-up",
        "weekend",
        "exception",
        "term",
    )
    assert found[8].weeks[0][4].day == date(2026, 5, 1)


# -- units that come or change during a campaign --------------------------------
def test_a_school_that_comes_later_owes_from_its_first_day(campus, adopted):
    from anyuan.org.workbook.forms import reading as reading_forms
    from anyuan.org.workbook.forms import sheets
    from anyuan.org.workbook.services import taking

    lin = campus.viewer("林科长")
    found = reading_forms.Organisation()
    values = {
        "name": "青禾三小",
        "parent": "城关街道",
        "kind": "school",
        "stage": "primary",
        "opened_on": date(2026, 5, 11),
        "pupils": 300,
        "shifts": 2,
    }
    found.rows["单位"].append(
        reading_forms.Row("单位", 2, {c.key: values.get(c.key) for c in sheets.SHEETS["单位"]})
    )
    with acting(lin):
        assert taking.take_workbook(
            unit=campus.units["青禾区"], found=found, by=lin, at=NOON, keep=True
        )
    with acting(SYSTEM):
        assess.catch_up(NOON)
        before = assess.snapshot()
        assess.rebuild(NOON)
        assert assess.snapshot() == before
    owed = Binding.objects.filter(unit__name="青禾三小")
    assert owed.count() >= 3
    assert min(owed.values_list("starts", flat=True)) == date(2026, 5, 11)
    assert Binding.objects.filter(unit=campus.units["实验小学"]).count() >= 4


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
