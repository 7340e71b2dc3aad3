"""The calendar is changed, a school comes later: what is owed follows."""

from __future__ import annotations

from datetime import date, timedelta

from anyuan.judging.assessment import services as assess
from anyuan.judging.assessment.models import Cell, Window
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.models import Binding
from anyuan.obligations.plans.services import binding
from anyuan.org.units import queries
from anyuan.org.units import services as units
from anyuan.org.workbook.forms import reading as reading_forms
from anyuan.org.workbook.forms import sheets
from anyuan.org.workbook.services import taking
from conftest import NOON


def opened(campus, name, kind="day"):
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


def test_a_school_that_comes_later_owes_from_its_first_day(campus, adopted):
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
