from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.exports import DOCX, XLSX
from anyuan.kernel.http import asked_unit, reads, viewer_of
from anyuan.kernel.scoping import Invisible
from anyuan.org.audit.views import Export, exports
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.activities import rules as activities
from anyuan.staffing.rosters.queries import shifts

from . import forms, queries
from .rules import parts
from .services import rosters, summaries


def _asked(request: HttpRequest) -> tuple[Unit, date, date]:
    unit = units.chosen(viewer_of(request), asked_unit(request))
    first, until = forms.stretch(request.GET) or queries.half_year(local_day(now()))
    return unit, first, until


@reads("report.see")
def summary(request: HttpRequest) -> HttpResponse:
    unit, first, until = _asked(request)
    found = queries.summary(unit, first, until, now())
    today = local_day(now())
    spans = [
        (date(y, m, 1), date(y, 7, 1) if m == 1 else date(y + 1, 1, 1))
        for y in (today.year, today.year - 1)
        for m in (7, 1)
    ]
    return render(
        request,
        "reports/summary.html",
        {
            "unit": unit,
            "summary": found,
            "first": first,
            "until": until,
            "annex": queries.annex(found),
            "units": units.held_by(viewer_of(request)),
            "below": list(units.campuses(unit)),
            "spans": [(a, b, parts.span_name(a, b)) for a, b in spans if a <= today],
        },
    )


@exports("report.see")
def summary_docx(request: HttpRequest) -> Export:
    found, annex = _made(request)
    return _summary(request, found, summaries.docx(found, annex), DOCX, "docx")


@exports("report.see")
def summary_pdf(request: HttpRequest) -> Export:
    found, annex = _made(request)
    return _summary(request, found, summaries.pdf(found, annex), "application/pdf", "pdf")


def _summary(
    request: HttpRequest, found: parts.Summary, body: bytes, kind: str, ending: str
) -> Export:
    unit, first, until = _asked(request)
    asked = {"first": str(first), "until": str(until)}
    return Export(body, kind, f"{found.title}.{ending}", unit.pk, len(found.figures), asked)


def _made(request: HttpRequest) -> tuple[parts.Summary, list[queries.Row]]:
    unit, first, until = _asked(request)
    found = queries.summary(unit, first, until, now())
    return found, queries.annex(found)


@reads("report.see")
def figure(request: HttpRequest, key: str) -> HttpResponse:
    unit, first, until = _asked(request)
    moment = now()
    found = queries.summary(unit, first, until, moment)
    figure = next((f for f in found.figures if f.key == key), None)
    if figure is None:
        raise Invisible
    behind = queries.behind(unit, figure, first, until, moment)
    names = {u.pk: u.name for u in units.below(unit)}
    return render(
        request,
        "reports/figure.html",
        {
            "unit": unit,
            "figure": figure,
            "behind": behind,
            "known": activities.catalogue(),
            "names": names,
            "first": first,
            "until": until,
            "summary": found,
        },
    )


# -- the roster as people print it ------------------------------------------------------
LONGEST_ROSTER = timedelta(days=230)  # in one file: a term and what lies around it


def _roster(request: HttpRequest) -> tuple[Unit, shifts.Table]:
    """One week, `weeks` of them, or with `weeks=term` the term that the day lies in."""
    unit = units.chosen(viewer_of(request), asked_unit(request))
    day = fields.day_asked(request.GET, "day", local_day(now()))
    first, until = _span(unit, day, fields.sought(request.GET, "weeks"))
    return unit, shifts.table(unit, first, min(until, first + LONGEST_ROSTER))


def _span(unit: Unit, day: date, weeks: str) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    if weeks == "term":
        for term in units.terms(unit):
            if term.starts <= day < term.ends:
                return term.starts, term.ends
    count = int(weeks) if weeks in {"1", "2", "4"} else 1
    return monday, monday + timedelta(days=7 * count)


@exports("report.see")
def roster_xlsx(request: HttpRequest) -> Export:
    unit, table = _roster(request)
    return _table(unit, table, rosters.xlsx(unit.name, table), XLSX, "xlsx")


@exports("report.see")
def roster_docx(request: HttpRequest) -> Export:
    unit, table = _roster(request)
    return _table(unit, table, rosters.docx(unit.name, table), DOCX, "docx")


def _table(unit: Unit, table: shifts.Table, body: bytes, kind: str, ending: str) -> Export:
    first = f"{table.days[0]:%Y-%m-%d}"
    name = f"{unit.name}值勤表{first}.{ending}"
    return Export(body, kind, name, unit.pk, len(table.rows), {"first": first})
