"""Which days are school days for a unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads_and_writes, viewer_of
from anyuan.org.units import queries as units
from anyuan.org.units import rules as calendar_rules
from anyuan.org.units import services as units_services
from anyuan.org.units.queries import Unit

from ..forms import ExceptionForm, TermForm
from ..services import binding


# -- the calendar ----------------------------------------------------------------
@reads_and_writes("board.see")
def calendar(request: HttpRequest) -> HttpResponse:
    """Which days are school days for a unit, why, and where that is set; those who may change it do
    so here.
    """
    viewer = viewer_of(request)
    unit = units.chosen(viewer, asked_unit(request))
    if request.method == "POST":
        viewer.require("org.edit", unit.path)
        try:
            _change_calendar(request, unit)
        except Refused as error:
            messages.error(request, str(error))
        return redirect(f"{request.path}?unit={unit.pk}")
    terms, exceptions = units.term_rows(unit), units.exception_rows(unit)
    today = local_day(now())
    months = calendar_rules.months(
        today,
        [units.TermDates(t.name, t.starts, t.ends) for t in terms],
        {e.day: e.is_school_day for e in exceptions},
    )
    return render(
        request,
        "plans/calendar.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer),
            "terms": terms,
            "exceptions": [e for e in exceptions if e.day >= months[0].first],
            "months": months,
            "today": today,
            "may_edit": viewer.may("org.edit", unit.path),
            "is_school_day": today in {d.day for m in months for d in m.days if d.school},
        },
    )


def _change_calendar(request: HttpRequest, unit: Unit) -> None:
    change = CHANGES.get(request.POST.get("do", ""))
    if change is None:
        return
    said = change(request.POST, unit)
    if said is not None:
        what, data = said
        binding.calendar_changed(unit=unit, what=what, by=viewer_of(request), at=now(), **data)


# What was changed, for the audit log; None: nothing was.
Changed = tuple[str, dict[str, object]] | None


def _except_days(post: QueryDict, unit: Unit) -> Changed:
    form = ExceptionForm.read(post)
    units_services.except_days(
        unit=unit,
        first=form.first,
        last=form.last,
        is_school_day=form.is_school_day,
        reason=form.reason,
    )
    days = {"first": str(form.first), "last": str(form.last), "school": form.is_school_day}
    return "calendar.exception", days


def _drop_exception(post: QueryDict, unit: Unit) -> Changed:
    day = fields.day(post, "first", _("From"))
    dropped = units_services.drop_exception(unit=unit, day=day)
    return ("calendar.exception.dropped", {"day": str(day)}) if dropped else None


def _set_term(post: QueryDict, unit: Unit) -> Changed:
    form = TermForm.read(post)
    own = [t for t in units.term_rows(unit) if t.unit_id == unit.pk and t.starts != form.first]
    if any(t.starts <= form.last and form.first < t.ends for t in own):
        raise Refused(_("Two terms of one unit cannot overlap."))
    ends = form.last + timedelta(days=1)
    units_services.set_term(unit=unit, name=form.name, starts=form.first, ends=ends)
    return "calendar.term", {"starts": str(form.first), "last": str(form.last)}


def _drop_term(post: QueryDict, unit: Unit) -> Changed:
    starts = fields.day(post, "first", _("From"))
    dropped = units_services.drop_term(unit=unit, starts=starts)
    return ("calendar.term.dropped", {"starts": str(starts)}) if dropped else None


CHANGES: dict[str, Callable[[QueryDict, Unit], Changed]] = {
    "except": _except_days,
    "drop": _drop_exception,
    "term": _set_term,
    "drop-term": _drop_term,
}
