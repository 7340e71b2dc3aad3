"""Pages of notices, draws and visits."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import DOCX, XLSX
from anyuan.kernel.http import (
    act_and_return,
    asked_unit,
    command_id,
    reads,
    reads_and_writes,
    viewer_of,
    writes,
)
from anyuan.kernel.pages import page_of, shown
from anyuan.kernel.scoping import Denied, Invisible, Viewer
from anyuan.org.audit.views import Export, exports
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from . import forms, queries, rules
from .queries import VisitState, on_site, waiting
from .queries import summary as summaries
from .queries.summary import VISITS_A_TERM
from .services import books, papers
from .services import notices as notice_services
from .services import visits as visit_services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


@reads("org.see")
def supervision(request: HttpRequest) -> HttpResponse:
    """Notices and visits of an office, or those about a school."""
    viewer, unit = viewer_of(request), _unit(request)
    return render(
        request,
        "supervision/supervision.html",
        {
            "unit": unit,
            "units": units.menu(viewer, unit),
            "page": page_of(request, queries.notices(unit), 30),
            "visits": list(queries.visits(unit)[:30]),
            "draws": list(queries.draws(unit)[:10]),
            "may": not unit.is_inspected and viewer.may("supervision.do", unit.path),
        },
    )


# -- notices ------------------------------------------------------------------------
@reads_and_writes("supervision.do")
def issue(request: HttpRequest) -> HttpResponse:
    """The form of a notice."""
    viewer, unit = viewer_of(request), _unit(request)
    command, status = command_id(request) or uuid4(), 200
    if request.method == "POST":
        try:
            made = notice_services.issue(
                unit=unit,
                given=forms.NoticeForm.read(request.POST),
                command=command,
                by=viewer,
                at=now(),
            )
        except Refused as refused:
            messages.error(request, str(refused))
            status = 400
        else:
            messages.success(request, _("Issued. The school's office and principal are told."))
            return redirect("notice", made.pk)
    return render(
        request,
        "supervision/issue.html",
        {
            "unit": unit,
            "schools": queries.schools_of(unit),
            "bases": rules.BASES,
            "office": queries.office_of(viewer, unit),
            "word": queries.last_word(unit, queries.office_of(viewer, unit)),
            "command": command,
            "typed": request.POST,
            "today": local_day(now()),
        },
        status=status,
    )


@reads("org.see")
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    return _notice(request, notice_id)


def _notice(request: HttpRequest, notice_id: int, *, status: int = 200) -> HttpResponse:
    found, viewer = queries.notice(notice_id), viewer_of(request)
    at_school = any(
        "hazard.assign" in g.permissions and g.unit_id == found.school_id for g in viewer.grants
    )
    return render(
        request,
        "supervision/notice.html",
        {
            "notice": found,
            "problems": queries.problems(found, now()),
            "is_over": waiting.is_over(found, now()),
            "at_school": at_school,
            "open_again": queries.open_again(found),
            "may_check": queries.is_of_office(viewer, found.unit_id),
            "typed": request.POST,
        },
        status=status,
    )


@writes("hazard.assign")
def serve(request: HttpRequest, notice_id: int) -> HttpResponse:
    queries.notice(notice_id)
    return act_and_return(
        request,
        lambda: notice_services.serve(
            notice_id=notice_id,
            signature=fields.words(request.POST, "signature", _("Signature"), 40, required=True),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("notice", args=[notice_id]),
        lambda n: _("Signed for. Its hazards stand in your list; each wants somebody."),
    )


@writes("hazard.assign")
def answer(request: HttpRequest, notice_id: int) -> HttpResponse:
    queries.notice(notice_id)
    try:
        notice_services.answer(
            notice_id=notice_id,
            words=fields.words(request.POST, "words", _("Answer"), 400, required=True),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _notice(request, notice_id, status=400)
    messages.success(request, _("Answered. Whoever issued it is told and checks again."))
    return redirect("notice", notice_id)


def _require_office(request: HttpRequest, unit_id: int) -> None:
    """:raises Denied: somebody who does not supervise in this unit's name."""
    if not queries.is_of_office(viewer_of(request), unit_id):
        raise Denied("supervision.do")


@writes("supervision.do")
def check(request: HttpRequest, notice_id: int) -> HttpResponse:
    _require_office(request, queries.notice(notice_id).unit_id)
    return act_and_return(
        request,
        lambda: notice_services.check(
            notice_id=notice_id,
            passed=fields.one_of(request.POST, "do", ["passed", "failed"]) == "passed",
            words=fields.words(request.POST, "words", _("What was seen"), 200),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("notice", args=[notice_id]),
        lambda n: _("Kept; the school sees it now."),
    )


@exports("org.see")
def notice_docx(request: HttpRequest, notice_id: int) -> Export:
    found = queries.notice(notice_id)
    body = papers.notice_docx(found)
    return Export(body, DOCX, f"{papers.TITLE}{found}.docx", found.unit_id, 1)


# -- what came of a stretch of days ---------------------------------------------------
def _summary(request: HttpRequest) -> summaries.Summary:
    unit = _unit(request)
    usual = summaries.usual(unit, now())
    asked_first = fields.day_asked(request.GET, "first", usual.first)
    asked_last = fields.day_asked(request.GET, "last", usual.last)
    return summaries.summary(unit, asked_first, max(asked_first, asked_last), now())


@reads("org.see")
def summary(request: HttpRequest) -> HttpResponse:
    """The report of a phase or term: what schools checked, found and fixed, what was asked."""
    viewer = viewer_of(request)
    found = _summary(request)
    page = {**shown(found), "units": units.menu(viewer, found.unit), "least": VISITS_A_TERM}
    page["may_export"] = viewer.may("report.see", found.unit.path)
    return render(request, "supervision/summary.html", page)


@exports("report.see")
def summary_xlsx(request: HttpRequest) -> Export:
    found = _summary(request)
    title = f"{found.unit.name}阶段汇总（{found.first:%Y-%m-%d}至{found.last:%Y-%m-%d}）"
    body = books.xlsx(title, found)
    return Export(body, XLSX, f"{title}.xlsx", found.unit.pk, len(found.lines))


# -- draws and visits ---------------------------------------------------------------
@reads_and_writes("supervision.do")
def draw(request: HttpRequest) -> HttpResponse:
    """The form of a draw."""
    viewer, unit = viewer_of(request), _unit(request)
    command, status = command_id(request) or uuid4(), 200
    if request.method == "POST":
        try:
            made = visit_services.draw(
                unit=unit,
                given=forms.DrawForm.read(request.POST),
                command=command,
                by=viewer,
                at=now(),
            )
        except Refused as refused:
            messages.error(request, str(refused))
            status = 400
        else:
            messages.success(request, _("Drawn. Schools see nothing until somebody arrives."))
            return redirect("draw", made.pk)
    return render(
        request,
        "supervision/draw_form.html",
        {
            "unit": unit,
            "entrants": queries.entrants(unit, now()),
            "inspectors": queries.inspectors(unit),
            "command": command,
            "typed": request.POST,
            "chosen": request.POST.getlist("inspectors"),
            "today": local_day(now()),
        },
        status=status,
    )


@reads("org.see")
def drawn(request: HttpRequest, draw_id: int) -> HttpResponse:
    """A draw with its seed, its pool and the script that makes it again."""
    found = queries.draw(draw_id)
    return render(
        request,
        "supervision/draw.html",
        {"draw": found, "visits": queries.visits_of(found), "script": rules.SCRIPT},
    )


@exports("org.see")
def draw_csv(request: HttpRequest, draw_id: int) -> Export:
    """The pool of a draw as the script reads it."""
    found = queries.draw(draw_id)
    out = io.StringIO()
    csv.writer(out).writerows([pk, name, weight] for pk, name, weight, _why in found.schools)
    body = ("\ufeff" + out.getvalue()).encode()
    return Export(body, "text/csv; charset=utf-8", "draw.csv", found.unit_id, len(found.schools))


@reads("org.see")
def visit(request: HttpRequest, visit_id: int) -> HttpResponse:
    return _visit(request, visit_id)


def _visit(request: HttpRequest, visit_id: int, *, status: int = 200) -> HttpResponse:
    found, viewer = queries.visit(visit_id), viewer_of(request)
    hidden = found.state in queries.HIDDEN and not viewer.may("supervision.do")
    if hidden:  # drawn once, and no supervisor any more
        raise Invisible
    return render(
        request,
        "supervision/visit.html",
        {
            "visit": found,
            "hazards": queries.hazards_of(found, now()),
            "is_mine": viewer.person_id in found.persons,
            "beside": _beside(found, viewer),
            "may_cancel": queries.is_of_office(viewer, found.unit_id),
            "typed": request.POST,
        },
        status=status,
    )


def _beside(visit: queries.Visit, viewer: Viewer) -> on_site.Beside | None:
    """For whoever is at the school just now, and may see its records."""
    is_here = visit.state == VisitState.ARRIVED and viewer.person_id in visit.persons
    if not is_here or not queries.may_supervise(viewer, visit.school):
        return None
    return on_site.beside(visit, now())


@writes("supervision.do")
def arrive(request: HttpRequest, visit_id: int) -> HttpResponse:
    queries.visit(visit_id)
    return act_and_return(
        request,
        lambda: visit_services.arrive(visit_id=visit_id, by=viewer_of(request), at=now()),
        reverse("visit", args=[visit_id]),
        lambda v: _("Begun. The school sees the visit now."),
    )


@writes("supervision.do")
def finish(request: HttpRequest, visit_id: int) -> HttpResponse:
    queries.visit(visit_id)
    try:
        visit_services.finish(
            visit_id=visit_id,
            given=forms.DoneForm.read(request.POST),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _visit(request, visit_id, status=400)
    messages.success(request, _("Kept. What is wrong stands in the school's list of hazards."))
    return redirect("visit", visit_id)


@writes("supervision.do")
def cancel(request: HttpRequest, visit_id: int) -> HttpResponse:
    _require_office(request, queries.visit(visit_id).unit_id)
    return act_and_return(
        request,
        lambda: visit_services.cancel(
            visit_id=visit_id,
            words=fields.words(request.POST, "words", _("Why"), 200, required=True),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("visit", args=[visit_id]),
        lambda v: _("Taken off. That it was drawn stays."),
    )
