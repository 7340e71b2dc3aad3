from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anyuan.activities import rules as activities
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.http import asked_unit, number, reads, viewer_of
from anyuan.kernel.scoping import Invisible
from anyuan.rosters import queries as rosters
from anyuan.units import queries as units
from anyuan.units.queries import Unit

from . import queries, rules, services

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _asked(request: HttpRequest) -> tuple[Unit, date, date]:
    try:
        unit = (
            units.mine(viewer_of(request), number(request.GET["unit"]))
            if "unit" in request.GET
            else units.own(viewer_of(request))[0]
        )
        first, until = queries.half_year(local_day(now()))
        if "from" in request.GET:
            first, until = (
                date.fromisoformat(request.GET["from"]),
                date.fromisoformat(request.GET["until"]),
            )
    except (ValueError, KeyError, IndexError):
        raise Invisible from None
    if not first < until or (until - first).days > 800:
        raise Invisible
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
    return render(request, "reports/summary.html", {
        "unit": unit, "summary": found, "first": first, "until": until, "annex": queries.annex(found),
        "units": units.own(viewer_of(request)), "below": list(units.campuses(unit)),
        "spans": [(a, b, rules.span_name(a, b)) for a, b in spans if a <= today],
    })  # fmt: skip


@reads("report.see")
def summary_docx(request: HttpRequest) -> HttpResponse:
    found, annex = _made(request)
    return _file(services.docx(found, annex), DOCX, f"{found.title}.docx")


@reads("report.see")
def summary_pdf(request: HttpRequest) -> HttpResponse:
    found, annex = _made(request)
    return _file(services.pdf(found, annex), "application/pdf", f"{found.title}.pdf")


def _made(request: HttpRequest) -> tuple[rules.Summary, list[queries.Row]]:
    unit, first, until = _asked(request)
    found = queries.summary(unit, first, until, now())
    return found, queries.annex(found)


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@reads("report.see")
def figure(request: HttpRequest, key: str) -> HttpResponse:
    unit, first, until = _asked(request)
    moment = now()
    found = queries.summary(unit, first, until, moment)
    figure = next((f for f in found.figures if f.key == key), None)
    if figure is None:
        raise Invisible
    rows = queries.behind(unit, figure, first, until, moment)
    records = queries.records(unit, figure, first, until)
    names = {u.pk: u.name for u in units.below(unit)}
    return render(request, "reports/figure.html", {
        "unit": unit, "figure": figure, "rows": rows[:1000], "count": len(rows) or len(records), "records": records[:1000], "known": activities.catalogue(), "names": names, "first": first, "until": until, "summary": found,
    })  # fmt: skip


# -- the roster as people print it ------------------------------------------------------
def _roster(request: HttpRequest) -> tuple[Unit, rosters.Table]:
    unit = units.chosen(viewer_of(request), asked_unit(request))
    try:
        first = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        first = local_day(now())
    first -= timedelta(days=first.weekday())
    return unit, rosters.table(unit, first, first + timedelta(days=7))


@reads("report.see")
def roster_xlsx(request: HttpRequest) -> HttpResponse:
    unit, table = _roster(request)
    return _file(
        services.roster_xlsx(unit.name, table),
        XLSX,
        f"{unit.name}值勤表{table.days[0]:%Y-%m-%d}.xlsx",
    )


@reads("report.see")
def roster_docx(request: HttpRequest) -> HttpResponse:
    unit, table = _roster(request)
    return _file(
        services.roster_docx(unit.name, table),
        DOCX,
        f"{unit.name}值勤表{table.days[0]:%Y-%m-%d}.docx",
    )
