"""The organisation as pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, viewer_of, writes
from anyuan.kernel.pages import shown
from anyuan.org.units import queries as units
from anyuan.org.units import services as units_services
from anyuan.org.units.queries import Unit

from .. import forms, queries


def unit_asked_for(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


def at(name: str, unit: Unit, anchor: str = "") -> str:
    return f"{reverse(name)}?unit={unit.pk}{anchor}"


# -- the unit -----------------------------------------------------------------
@reads("org.see")
def organisation(request: HttpRequest) -> HttpResponse:
    """One unit's bodies, places, charges, and what in them has nobody."""
    unit, viewer = unit_asked_for(request), viewer_of(request)
    return render(
        request,
        "people/organisation.html",
        {
            **shown(queries.organisation_page(viewer, unit)),
            "body_kinds": queries.BodyKind.choices,
            "ranks": queries.Rank.choices,
            "place_kinds": units.PlaceKind.choices,
            "numbers": [(n, getattr(unit, n)) for n in forms.NUMBERS],
            "answers": [(n, getattr(unit, n)) for n in forms.ANSWERS],
        },
    )


@writes("org.edit")
def describe(request: HttpRequest) -> HttpResponse:
    """What a school is: its size and kind, by which it is told what it owes; said by the unit above
    it.
    """
    unit = unit_asked_for(request)
    try:
        units_services.describe(
            unit=unit, traits=forms.traits(request.POST), by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Saved; what %(unit)s owes follows.") % {"unit": unit.name})
    return redirect(at("organisation", unit))


@reads("org.see")
def chart(request: HttpRequest) -> HttpResponse:
    """The organisation chart, to print."""
    unit = unit_asked_for(request)
    return render(
        request,
        "people/chart.html",
        {
            "unit": unit,
            "bodies": queries.bodies(unit),
            "charges": queries.charges(unit),
            "today": local_day(now()),
        },
    )


@reads("org.see")
def contacts(request: HttpRequest) -> HttpResponse:
    """The contact sheet, to print: who, what, which number."""
    unit = unit_asked_for(request)
    return render(
        request,
        "people/contacts.html",
        {
            "unit": unit,
            "people": [p for p in queries.search(unit) if p.unit_id == unit.pk],
            "today": local_day(now()),
        },
    )


@writes("org.edit")
def add_place(request: HttpRequest) -> HttpResponse:
    unit = unit_asked_for(request)
    viewer_of(request).require("org.edit", unit.path)
    try:
        units_services.add_place(
            unit=unit,
            name=fields.words(request.POST, "name", _("Called"), 40, required=True),
            kind=fields.one_of(request.POST, "kind", units.PlaceKind.values),
            building=fields.words(request.POST, "building", _("Building"), 30),
            floor=forms.floor(request.POST),
            key_area=fields.ticked(request.POST, "key_area"),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(at("organisation", unit, "#places"))


@writes("org.edit")
def close_place(request: HttpRequest, place_id: int) -> HttpResponse:
    place = units.place(place_id)
    viewer_of(request).require("org.edit", place.unit.path)
    units_services.close_place(place=place, on=local_day(now()))
    return redirect(at("organisation", place.unit, "#places"))
