from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import act_and_return, asked_unit, reads, viewer_of, writes
from anyuan.org.people import queries as people
from anyuan.org.units import queries as units
from anyuan.org.units import rules as calendar
from anyuan.org.units.queries import Unit

from . import forms, queries, rules
from .services import busy, manning
from .services import serving as serving_services
from .services import zones as zones_services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


def _at(name: str, unit: Unit) -> str:
    return f"{reverse(name)}?unit={unit.pk}"


_CHOICES = {
    "kinds": queries.StationKind.choices,
    "whens": queries.When.choices,
    "genders": queries.Gender.choices,
}


@reads("roster.make")
def stations(request: HttpRequest) -> HttpResponse:
    return _stations(request, _unit(request))


def _stations(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    found = queries.stations(unit)
    leaderless, leaders = rules.leaders([queries.facts_of(s) for s in found])
    return render(
        request,
        "stations/stations.html",
        {
            "leaderless": sorted(leaderless) if found else [],
            "leaders": leaders,
            "announced": (
                calendar.announced_until()
                if any(s.when == queries.When.HOLIDAYS for s in found)
                else None
            ),
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "stations": found,
            "places": units.places(unit),
            **_CHOICES,
            "typed": request.POST,
            "unmanned": sum(1 for s in found if len(s.people_here) < s.people),
        },
        status=status,
    )


@reads("roster.make")
def station(request: HttpRequest, station_id: int) -> HttpResponse:
    """One station: who may serve there, and what it asks for."""
    return _station(request, queries.station(station_id))


def _station(request: HttpRequest, station: queries.Station, *, status: int = 200) -> HttpResponse:
    return render(
        request,
        "stations/station.html",
        {
            "station": station,
            "chosen": queries.servants(station),
            "people": queries.people_of(station.unit),
            "bodies": people.bodies(station.unit),
            "places": units.places(station.unit),
            **_CHOICES,
            "from": f"{station.starts:%H:%M}",
            "to": f"{station.ends:%H:%M}",
            "typed": request.POST,
        },
        status=status,
    )


@writes("roster.make")
def set_station(request: HttpRequest) -> HttpResponse:
    data = request.POST
    changed = fields.key_or_none(data, "instead")
    instead = queries.station(changed) if changed is not None else None
    unit = instead.unit if instead else _unit(request)
    try:
        manning.add_station(
            given=forms.StationForm.read(data),
            unit=unit,
            instead=instead,
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return (
            _station(request, instead, status=400)
            if instead
            else _stations(request, unit, status=400)
        )
    return redirect(_at("stations", unit))


@writes("roster.make")
def set_break_duty(request: HttpRequest) -> HttpResponse:
    """Break duty by place and break: a station for each of both."""
    unit, data = _unit(request), request.POST
    ticked = set(fields.keys(data, "place", 100))

    def make() -> None:
        made = manning.add_break_duty(
            unit=unit,
            places=[p for p in units.places(unit) if p.pk in ticked],
            breaks=forms.breaks(data),
            people=fields.whole(data, "people", _("How many"), 1, 50),
            by=viewer_of(request),
            at=now(),
        )
        messages.success(
            request,
            _("%(n)d stations of break duty are set. Now say who may serve there.") % {"n": made},
        )

    return act_and_return(request, make, _at("stations", unit))


@reads("roster.see")
def zones(request: HttpRequest) -> HttpResponse:
    """Where parents wait for which classes; printed, it is the sheet for the gate and the letter
    home.
    """
    unit = _unit(request)
    found = queries.zones(unit)
    return render(
        request,
        "stations/zones.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "zones": found,
            "places": units.places(unit),
            "named": sum(len(z.classes) for z in found),
            "together": rules.together([(z.comes_out, len(z.classes)) for z in found]),
            "may_make": viewer_of(request).may("roster.make", unit.path),
        },
    )


@writes("roster.make")
def set_zone(request: HttpRequest) -> HttpResponse:
    data = request.POST
    changed = fields.key_or_none(data, "instead")
    instead = queries.zone(changed) if changed is not None else None
    unit = instead.unit if instead else _unit(request)

    def keep() -> None:
        zones_services.set_zone(
            given=forms.ZoneForm.read(data),
            unit=unit,
            instead=instead,
            by=viewer_of(request),
            at=now(),
        )

    return act_and_return(request, keep, _at("zones", unit))


@writes("roster.make")
def drop_zone(request: HttpRequest, zone_id: int) -> HttpResponse:
    return redirect(
        _at("zones", zones_services.drop_zone(zone_id=zone_id, by=viewer_of(request), at=now()))
    )


@writes("roster.make")
def serve(request: HttpRequest, station_id: int) -> HttpResponse:
    """Who may serve at a station: ticked by name, or everybody of a body or with a word in their
    posts.
    """
    found = queries.station(station_id)
    everybody = queries.people_of(found.unit)
    form = forms.ServeForm.read(request.POST)
    bodies = [b for b in people.bodies(found.unit) if b.pk == form.body_id]
    seats = {m.person_id for b in bodies for m in b.seats}
    chosen = [p for p in everybody if p.pk in form.ticked | seats or form.names(p.titles)]
    return act_and_return(
        request,
        lambda: serving_services.set_serving(
            station_id=station_id, persons=chosen, by=viewer_of(request), at=now()
        ),
        _at("stations", found.unit) + f"#station-{found.pk}",
    )


@reads("roster.make")
def serving(request: HttpRequest) -> HttpResponse:
    """Everybody who serves: limits, certificates, lessons and wishes."""
    return _serving(request, _unit(request))


def _serving(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    today = local_day(now())
    return render(
        request,
        "stations/serving.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "rows": queries.serving(unit, today),
            "genders": queries.Gender.choices,
            "kinds": queries.BusyKind.choices,
            "today": today,
            "days": queries.weekdays(),
            "typed": request.POST,
        },
        status=status,
    )


@writes("roster.make")
def set_timetable(request: HttpRequest) -> HttpResponse:
    """The lessons of many at once; what cannot be read is said by line, nothing is lost."""
    unit = _unit(request)
    try:
        lessons = forms.timetable(request.POST)
        people_ = busy.set_timetable(unit=unit, lessons=lessons, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
        return _serving(request, unit, status=400)
    messages.success(
        request,
        _("%(lessons)d lessons of %(people)d people are entered.")
        % {
            "lessons": len(set(lessons)),
            "people": people_,
        },
    )
    return redirect(_at("serving", unit))


@writes("roster.make")
def send_link(request: HttpRequest, person_id: int) -> HttpResponse:
    person = people.get(person_id)

    def send() -> None:
        serving_services.send_link(person=person, by=viewer_of(request), at=now())
        messages.success(request, _("The link is on its way to %(name)s.") % {"name": person.name})

    return act_and_return(request, send, _at("serving", person.unit) + f"#person-{person.pk}")


@writes("roster.make")
def set_card(request: HttpRequest, person_id: int) -> HttpResponse:
    person, data = people.get(person_id), request.POST
    return act_and_return(
        request,
        lambda: serving_services.set_card(
            person=person,
            **fields.values(forms.CardForm.read(data)),
            by=viewer_of(request),
            at=now(),
        ),
        _at("serving", person.unit) + f"#person-{person.pk}",
    )


@writes("take.part")
def add_busy(request: HttpRequest, person_id: int) -> HttpResponse:
    person, data = people.get(person_id), request.POST
    back = (
        reverse("my-shifts")
        if person.pk == viewer_of(request).person_id
        else _at("serving", person.unit) + f"#person-{person.pk}"
    )
    return act_and_return(
        request,
        lambda: busy.add(
            given=forms.BusyForm.read(data), person=person, by=viewer_of(request), at=now()
        ),
        back,
    )


@writes("take.part")
def drop_busy(request: HttpRequest, busy_id: int) -> HttpResponse:
    person = busy.drop(busy_id=busy_id, by=viewer_of(request))
    return redirect(
        reverse("my-shifts")
        if person.pk == viewer_of(request).person_id
        else _at("serving", person.unit) + f"#person-{person.pk}"
    )


@writes("take.part")
def new_feed(request: HttpRequest, person_id: int) -> HttpResponse:
    person = people.get(person_id)
    serving_services.new_feed(person=person, by=viewer_of(request), at=now())
    return redirect(
        reverse("my-shifts")
        if person.pk == viewer_of(request).person_id
        else _at("serving", person.unit) + f"#person-{person.pk}"
    )
