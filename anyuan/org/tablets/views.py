from __future__ import annotations

import segno
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, reads_and_writes, viewer_of, writes
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from . import forms, queries, services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


@reads("roster.make")
def tablets(request: HttpRequest) -> HttpResponse:
    """The shared tablets of a campus."""
    return _page(request, _unit(request))


def _page(request: HttpRequest, unit: Unit, **more: object) -> HttpResponse:
    return render(
        request,
        "tablets/tablets.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "tablets": queries.tablets(unit),
            "pins": queries.pins(unit),
            **more,
        },
    )


@writes("roster.make")
def add(request: HttpRequest) -> HttpResponse:
    """Add a tablet; its link is shown once, to be opened on it."""
    unit = _unit(request)
    try:
        row, token = services.add(
            unit=unit,
            name=fields.words(request.POST, "name", _("What it is called"), 30, required=True),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('tablets')}?unit={unit.pk}")
    # After the sign, so that neither server nor proxy ever writes it down.
    link = f"{request.build_absolute_uri(reverse('field'))}#tablet={token}"
    return _page(
        request,
        unit,
        added=row,
        link=link,
        picture=segno.make(link, error="m").svg_data_uri(scale=5),
    )


@writes("roster.make")
def take_away(request: HttpRequest, tablet_id: int) -> HttpResponse:
    unit = services.take_away(tablet_id=tablet_id, by=viewer_of(request), at=now())
    return redirect(f"{reverse('tablets')}?unit={unit.pk}")


@reads_and_writes("fact.record")
def pin(request: HttpRequest) -> HttpResponse:
    """One's own PIN for shared tablets."""
    viewer, problem = viewer_of(request), ""
    if request.method == "POST":
        if not ratelimit.consume(request, action="tablet", key=f"set|{viewer.person_id}"):
            return HttpResponse(
                _("Too many attempts from here. Please wait some minutes."), status=429
            )
        try:
            services.set_pin(pin=forms.new_pin(request.POST), by=viewer, at=now())
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(
                request,
                _("Your PIN is set. You can unlock the shared tablets of your school with it."),
            )
            return redirect("account-security")
    return render(
        request,
        "tablets/pin.html",
        {"pin": queries.pin(viewer), "problem": problem},
        status=400 if problem else 200,
    )
