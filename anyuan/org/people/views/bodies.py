"""Bodies, seats and charges."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import viewer_of, writes
from anyuan.org.units import queries as units

from .. import queries
from ..services import bodies as bodies_services
from ..services import charges as charges_services
from .organisation import at, unit_asked_for


# -- bodies, places, charges --------------------------------------------------
@writes("org.edit")
def form_body(request: HttpRequest) -> HttpResponse:
    unit = unit_asked_for(request)
    try:
        bodies_services.form_body(
            unit=unit,
            name=fields.words(request.POST, "name", _("Called"), 40, required=True),
            kind=fields.one_of(request.POST, "kind", queries.BodyKind.values),
            purpose=fields.words(request.POST, "purpose", _("What it is for"), 200),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(at("organisation", unit, "#bodies"))


@writes("org.edit")
def seat(request: HttpRequest, body_id: int) -> HttpResponse:
    body = queries.body(body_id)
    try:
        bodies_services.seat(
            body=body,
            person=queries.get(fields.key(request.POST, "person")),
            rank=fields.one_of(request.POST, "rank", queries.Rank.values),
            duty=fields.words(request.POST, "duty", _("What they do in it"), 80),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(at("organisation", body.unit, "#bodies"))


@writes("org.edit")
def unseat(request: HttpRequest, body_id: int, seat_id: int) -> HttpResponse:
    body = queries.body(body_id)
    bodies_services.unseat(body=body, seat_id=seat_id, by=viewer_of(request), at=now())
    return redirect(at("organisation", body.unit, "#bodies"))


@writes("org.edit")
def close_body(request: HttpRequest, body_id: int) -> HttpResponse:
    body = queries.body(body_id)
    bodies_services.close_body(body=body, by=viewer_of(request), at=now())
    return redirect(at("organisation", body.unit, "#bodies"))


@writes("org.edit")
def give_charge(request: HttpRequest) -> HttpResponse:
    unit = unit_asked_for(request)
    try:
        place = fields.key_or_none(request.POST, "place")
        school = fields.key_or_none(request.POST, "school")
        charges_services.give(
            unit=unit,
            person=queries.get(fields.key(request.POST, "person")),
            area=fields.words(request.POST, "area", _("What they answer for"), 80, required=True),
            place=units.place(place) if place is not None else None,
            school=units.mine(viewer_of(request), school) if school is not None else None,
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(at("organisation", unit, "#charges"))


@writes("org.edit")
def end_charge(request: HttpRequest, charge_id: int) -> HttpResponse:
    return redirect(
        at(
            "organisation",
            charges_services.end(charge_id=charge_id, by=viewer_of(request), at=now()),
            "#charges",
        )
    )
