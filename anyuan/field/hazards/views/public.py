"""Telling of a hazard by the code on the wall, and the receipt; the poster itself."""

from __future__ import annotations

import segno
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import act_and_return, public, reads, viewer_of, writes
from anyuan.kernel.scoping import SYSTEM, Invisible, acting
from anyuan.org.units import queries as units
from anyuan.record.evidence.services.files import Upload

from .. import forms, queries
from ..queries import beyond
from ..services import public as services
from .hazards import campus_asked

BUSY = 429


@public
def tell(request: HttpRequest, report_code: str) -> HttpResponse:
    """The form behind the code on the wall."""
    with acting(SYSTEM, read_only=request.method != "POST"):
        row = queries.report_code(report_code)
        if row is None:
            raise Invisible
        if request.method != "POST":
            return _form(request, row)
        if not ratelimit.consume(request, action="public_report"):
            messages.error(request, _("Too many attempts from here. Please wait some minutes."))
            return _form(request, row, status=BUSY)
        uploads = [Upload(f.name or "photo", f.read()) for f in request.FILES.getlist("files")]
        try:
            _hazard, receipt = services.tell(
                row=row,
                given=forms.PublicForm.read(request.POST),
                uploads=uploads,
                at=now(),
            )
        except Refused as refused:
            messages.error(request, str(refused))
            return _form(request, row, status=400)
    return render(request, "hazards/told.html", {"unit": row.unit, "receipt": receipt})


def _form(request: HttpRequest, row: queries.ReportCode, *, status: int = 200) -> HttpResponse:
    return render(
        request,
        "hazards/tell.html",
        {
            "unit": row.unit,
            "code": row.code,
            "challenge": services.challenge(row.code, now()),
            "work": services.WORK,
            "listed": beyond.public(row.unit),
            "typed": request.POST,
        },
        status=status,
    )


@public
def receipt(request: HttpRequest) -> HttpResponse:
    """What became of it, for whoever holds the receipt; it comes in a form, never in an address."""
    if request.method != "POST":
        return render(request, "hazards/receipt.html", {"hazard": None})
    if not ratelimit.consume(request, action="public_receipt"):
        messages.error(request, _("Too many attempts from here. Please wait some minutes."))
        return render(request, "hazards/receipt.html", {"hazard": None}, status=BUSY)
    with acting(SYSTEM, read_only=True):
        found = services.by_receipt(fields.sought(request.POST, "receipt", 40))
        if found is None:
            messages.error(request, _("There is no such receipt. Please look at it once more."))
        status = 200 if found else 404
        return render(request, "hazards/receipt.html", {"hazard": found}, status=status)


@reads("fact.see")
def poster(request: HttpRequest) -> HttpResponse:
    """What is printed and hung on the wall."""
    viewer, unit = viewer_of(request), campus_asked(request)
    row = queries.report_code_of(unit)
    link = request.build_absolute_uri(reverse("hazard-tell", args=[row.code])) if row else ""
    return render(
        request,
        "hazards/poster.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer) if u.is_inspected],
            "row": row,
            "link": link,
            "picture": segno.make(link, error="m").svg_data_uri(scale=6) if link else "",
            "may_make": viewer.may("hazard.assign", unit.path),
        },
    )


@writes("hazard.assign")
def make_code(request: HttpRequest) -> HttpResponse:
    unit = units.mine(viewer_of(request), fields.key(request.POST, "unit"))
    return act_and_return(
        request,
        lambda: services.make_code(unit=unit, by=viewer_of(request), at=now()),
        f"{reverse('hazard-poster')}?unit={unit.pk}",
        lambda _row: _("Made. Print the sheet; older sheets open nothing any more."),
    )
