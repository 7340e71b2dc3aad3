"""The list of hazards, one hazard, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import DOCX, XLSX
from anyuan.kernel.http import (
    asked_unit,
    command_id,
    reads,
    reads_and_writes,
    viewer_of,
    writes,
)
from anyuan.kernel.pages import page_of, shown
from anyuan.kernel.scoping import Invisible
from anyuan.org.audit.views import Export, exports
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.evidence import api as evidence_api
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.services.files import Upload

from .. import forms, queries
from ..queries import board, pages
from ..services import books, deadlines, rectifying, sorting

KNOWN = 20  # hazards that stand beside the form; our own bound


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


@reads("fact.see")
def hazards(request: HttpRequest) -> HttpResponse:
    """What is open, the newest first; or what was asked for."""
    viewer, unit, form = viewer_of(request), _unit(request), forms.HazardsForm.read(request.GET)
    asked = queries.narrowed(queries.of(unit), form, viewer, local_day(now()))
    page = pages.hazards_page(viewer, unit, form, page_of(request, asked), now())
    return render(request, "hazards/hazards.html", shown(page))


@reads("fact.see")
def hazard_board(request: HttpRequest) -> HttpResponse:
    """How old the open ones are, where they are, how those of lately came and went."""
    viewer, unit = viewer_of(request), _unit(request)
    page = board.board(unit, units.menu(viewer, unit), now())
    return render(request, "hazards/board.html", shown(page))


def campus_asked(request: HttpRequest) -> Unit:
    """The school where a hazard is told of. :raises Invisible: none is there."""
    found = units.chosen_campus(viewer_of(request), asked_unit(request))
    campus = found if found.is_inspected else units.inspected(found).first()
    if campus is None:
        raise Invisible
    return campus


@reads_and_writes("fact.record")
def report(request: HttpRequest) -> HttpResponse:
    """The form by which a hazard is told of, beside those that are known."""
    viewer = viewer_of(request)
    unit = campus_asked(request)
    command = command_id(request) or uuid4()
    status = 200
    if request.method == "POST":
        told = {name: request.POST.get(name, "") for name in ("unit", "place", "subject")}
        sent = {**told, "uploads": _uploads(request)}
        status, answer = evidence_api.apply(viewer, command, "hazard.report", sent, "", now())
        if status == 200:
            messages.success(
                request, _("Received. The office is told; here you see what becomes of it.")
            )
            return redirect("hazard", answer["result"]["hazard"])
        messages.error(request, " ".join(answer["errors"].values()) or answer["because"])
    known = queries.narrowed(queries.of(unit), forms.HazardsForm(), viewer, local_day(now()))
    return render(
        request,
        "hazards/report.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer) if u.is_inspected],
            "places": units.places(unit),
            "open": queries.rows(list(known[:KNOWN]), local_day(now())),
            "typed": request.POST,
            "command": command,
        },
        status=status,
    )


@exports("report.see")
def hazards_file(request: HttpRequest, ending: str) -> Export:
    """The ledger as it is narrowed, as a workbook or a document."""
    unit, today = _unit(request), local_day(now())
    form = forms.HazardsForm.read(request.GET)
    kind, write = {"xlsx": (XLSX, books.xlsx), "docx": (DOCX, books.docx)}[ending]
    rows = queries.narrowed(queries.of(unit), form, viewer_of(request), today)
    found = queries.rows(list(rows[: books.MOST_ROWS[ending]]), today)
    title = f"{unit.name}隐患排查整改台账"
    return Export(write(title, found), kind, f"{title}.{ending}", unit.pk, len(found), form.asked)


@reads("fact.see")
def hazard(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return _hazard(request, hazard_id)


def _hazard(request: HttpRequest, hazard_id: int, *, status: int = 200) -> HttpResponse:
    """One hazard; after something was refused, with what was typed still in its form."""
    page = pages.hazard_page(viewer_of(request), queries.get(hazard_id), now())
    more = {"typed": request.POST, "command": command_id(request) or uuid4()}
    return render(request, "hazards/hazard.html", {**shown(page), **more}, status=status)


def act_on(
    request: HttpRequest,
    hazard_id: int,
    act: Callable[[], queries.Hazard],
    done: Callable[[queries.Hazard], str],
) -> HttpResponse:
    """Do one thing with a hazard that the viewer sees, and go back to it; what was typed stays
    where it is refused.
    """
    queries.get(hazard_id)
    try:
        came_of_it = act()
    except Refused as refused:
        messages.error(request, str(refused))
        return _hazard(request, hazard_id, status=400)
    messages.success(request, done(came_of_it))
    return redirect("hazard", hazard_id)


def _uploads(request: HttpRequest) -> list[Upload]:
    return [Upload(f.name or "file", f.read()) for f in request.FILES.getlist("files")]


@writes("hazard.assign")
def assign(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: rectifying.assign(
            hazard_id=hazard_id,
            given=forms.AssignForm.read(request.POST),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Assigned: %(who)s is told.") % {"who": h.owner.name if h.owner else ""},
    )


@writes("fact.record")
def fence(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: rectifying.fence(
            hazard_id=hazard_id,
            words=forms.said(request.POST, _("What was done at once")),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Noted. It is no cure: the hazard stays open."),
    )


@writes("fact.record")
def fix(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: rectifying.fix(
            hazard_id=hazard_id,
            given=forms.FixForm.read(request.POST),
            by=viewer_of(request),
            at=now(),
            uploads=_uploads(request),
        ),
        lambda h: _("Received. Another person verifies it; until then it stays open."),
    )


@writes("hazard.verify")
def close(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: rectifying.close(
            hazard_id=hazard_id,
            words=fields.words(request.POST, "words", _("What was seen"), 200),
            by=viewer_of(request),
            at=now(),
            uploads=_uploads(request),
        ),
        lambda h: _("Closed. Within 90 days it can be opened again."),
    )


@writes("hazard.verify")
def send_back(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: rectifying.send_back(
            hazard_id=hazard_id,
            words=forms.said(request.POST, _("What is missing")),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Sent back: %(who)s goes on.") % {"who": h.owner.name if h.owner else ""},
    )


@writes("hazard.verify")
def reopen(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: rectifying.reopen(
            hazard_id=hazard_id,
            words=forms.said(request.POST, _("Why")),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Open again: %(who)s goes on.") % {"who": h.owner.name if h.owner else ""},
    )


@writes("hazard.assign")
def dismiss(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: sorting.dismiss(
            hazard_id=hazard_id,
            words=forms.said(request.POST, _("Why")),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Found to be none; what was told stays in the records with your reason."),
    )


@writes("hazard.assign")
def merge(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: sorting.merge(
            hazard_id=hazard_id,
            into_id=fields.key(request.POST, "into"),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Merged: the other one goes on."),
    )


@writes("fact.record")
def ask_more_time(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: deadlines.ask_more_time(
            hazard_id=hazard_id,
            until=fields.day(request.POST, "until", _("Until")),
            words=forms.said(request.POST, _("Why")),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Asked. Until it is granted the deadline stays."),
    )


@writes("hazard.verify")
def decide_more_time(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: deadlines.decide_more_time(
            hazard_id=hazard_id,
            grant=fields.one_of(request.POST, "do", ["grant", "refuse"]) == "grant",
            until=fields.day(request.POST, "until", _("Until")),
            words=fields.words(request.POST, "words", _("Answer"), 200),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Decided."),
    )


@reads("fact.see")
def photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """A photo of a step; one that is lost or not as it was kept is not shown."""
    row = queries.photo(photo_id)
    data = evidence.whole_file(row.digest)
    if data is None:
        raise Invisible
    answer = HttpResponse(data, content_type=row.content_type)
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(row.name)}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
