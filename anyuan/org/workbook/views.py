from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel import pending_files, progress, scanning
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, reads_and_writes, viewer_of, writes
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from . import queries
from .forms import reading, sheets, writing
from .services import taking


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


@reads("org.see")
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook to fill in."""
    return _xlsx(writing.write_workbook({}), "template")


@writes("org.edit")
def workbook(request: HttpRequest) -> HttpResponse:
    """The organisation as a workbook that can be changed and taken back; a POST, because the export
    is logged.
    """
    unit = _unit(request)
    taking.say_exported(unit=unit, by=viewer_of(request), at=now())
    return _xlsx(writing.write_workbook(queries.whole(unit)), f"organisation-{unit.pk}")


def _xlsx(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(
        data, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@reads_and_writes("org.edit")
def take_workbook(request: HttpRequest) -> HttpResponse:
    """Check a workbook and show what it would do; with “take it” do it, all or nothing."""
    unit = _unit(request)
    viewer_of(request).require("org.edit", unit.path)
    context: dict[str, Any] = {
        "unit": unit,
        "units": units.visible_below(viewer_of(request)),
        "sheets": list(sheets.SHEETS),
        "run": uuid4().hex,
    }
    if request.method != "POST":
        return render(request, "intake/import.html", context)
    keep = fields.chose(request.POST, "do", "take")
    said = progress.sayer(fields.sought(request.POST, "run"), viewer_of(request).person_id)
    try:
        name, data = _uploaded(request)
        found = reading.parse_workbook(name, data, said)
        done = taking.take_workbook(
            unit=unit, found=found, by=viewer_of(request), at=now(), keep=keep, said=said
        )
    except Refused as refused:
        return render(
            request, "intake/import.html", {**context, "problem": str(refused)}, status=400
        )
    if done and keep:
        messages.success(
            request,
            _("The workbook is taken: %(new)d new, %(known)d brought up to date.")
            % {
                "new": sum(done.new.values()),
                "known": sum(done.known.values()),
            },
        )
        return redirect(f"{reverse('organisation')}?unit={unit.pk}")
    rows = (
        [(sheet, done.new.get(sheet, 0), done.known.get(sheet, 0)) for sheet in sheets.SHEETS]
        if done
        else []
    )
    ticket = pending_files.park(data, viewer_of(request).person_id) if done else ""
    return render(
        request,
        "intake/import.html",
        {**context, "found": found, "rows": rows, "name": name, "ticket": ticket},
        status=200 if done else 400,
    )


@reads("org.edit")
def how_far(request: HttpRequest) -> JsonResponse:
    """How far the workbook that this person has just sent is."""
    return JsonResponse(
        progress.read(fields.sought(request.GET, "run"), viewer_of(request).person_id)
    )


def _uploaded(request: HttpRequest) -> tuple[str, bytes]:
    """The workbook just chosen, or the one that was checked a moment ago. :raises Refused:"""
    if ticket := fields.words(request.POST, "ticket", _("Workbook"), 300):
        data = pending_files.fetch(ticket, viewer_of(request).person_id)
        if data is None:
            raise Refused(_("The checked workbook is no longer kept. Please choose it again."))
        return fields.sought(request.POST, "name", 120), data
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused(_("Please choose a workbook."))
    name, data = upload.name or "", upload.read(reading.MAX_FILE + 1)
    scanning.scan(name, data)
    return name, data
