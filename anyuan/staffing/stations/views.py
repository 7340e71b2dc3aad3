from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, number, reads, trying, viewer_of, writes
from anyuan.people import forms as people_forms
from anyuan.people import queries as people
from anyuan.plans import forms as plans_forms
from anyuan.units import queries as units
from anyuan.units import rules as calendar
from anyuan.units.queries import Unit

from . import forms, queries, rules, services


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
    return render(request, "stations/stations.html", {
        "leaderless": sorted(leaderless) if found else [], "leaders": leaders, "announced": calendar.announced_until() if any(s.when == queries.When.HOLIDAYS for s in found) else None,
        "unit": unit, "units": [u for u in units.reach(viewer_of(request)) if u.is_campus], "stations": found, "places": units.places(unit), **_CHOICES, "typed": request.POST,
        "unmanned": sum(1 for s in found if len(s.people_here) < s.people),  # type: ignore[attr-defined,misc]
    }, status=status)  # fmt: skip


@reads("roster.make")
def station(request: HttpRequest, station_id: int) -> HttpResponse:
    """One station: who may serve there, and what it asks for."""
    return _station(request, queries.station(station_id))


def _station(request: HttpRequest, found: queries.Station, *, status: int = 200) -> HttpResponse:
    return render(request, "stations/station.html", {
        "station": found, "chosen": queries.servants(found), "people": queries.people_of(found.unit), "bodies": people.bodies(found.unit), "places": units.places(found.unit), **_CHOICES,
        "from": f"{found.starts:%H:%M}", "to": f"{found.ends:%H:%M}", "typed": request.POST,
    }, status=status)  # fmt: skip


@writes("roster.make")
def set_station(request: HttpRequest) -> HttpResponse:
    data = request.POST
    instead = queries.station(number(data["instead"])) if data.get("instead") else None
    unit = instead.unit if instead else _unit(request)
    try:
        place_id = data.get("place", "")
        starts, ends = forms.hour(data, "starts", _("From")), forms.hour(data, "ends", _("To"))
        assert starts is not None
        assert ends is not None
        services.add_station(
            unit=unit, name=people_forms.words(data, "name", _("What it is called"), 30, required=True), kind=people_forms.one_of(data, "kind", queries.StationKind.values),
            place=units.place(number(place_id)) if place_id else None, starts=starts, ends=ends, when=people_forms.one_of(data, "when", queries.When.values),
            people=forms.whole(data, "people", _("How many"), 1, 50) or 1, certificate=people_forms.words(data, "certificate", _("Certificate"), 30),
            gender=people_forms.one_of(data, "gender", ["", *queries.Gender.values]) if data.get("gender") else "",
            instead=instead, by=viewer_of(request), at=now(),
        )  # fmt: skip
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
    ticked = {number(pk) for pk in data.getlist("place")[:100]}

    def make() -> None:
        made = services.add_break_duty(
            unit=unit,
            places=[p for p in units.places(unit) if p.pk in ticked],
            breaks=forms.breaks(data),
            people=forms.whole(data, "people", _("How many"), 1, 50) or 1,
            by=viewer_of(request),
            at=now(),
        )
        messages.success(
            request,
            _("%(n)d stations of break duty are set. Now say who may serve there.") % {"n": made},
        )

    return trying(request, make, _at("stations", unit))


@reads("roster.see")
def zones(request: HttpRequest) -> HttpResponse:
    """Where parents wait for which classes; printed, it is the sheet for the gate and the letter home."""
    unit = _unit(request)
    found = queries.zones(unit)
    return render(request, "stations/zones.html", {
        "unit": unit, "units": [u for u in units.reach(viewer_of(request)) if u.is_campus], "zones": found, "places": units.places(unit), "named": sum(len(z.classes) for z in found),
        "together": rules.together([(z.comes_out, len(z.classes)) for z in found]), "may_make": viewer_of(request).may("roster.make", unit.path),
    })  # fmt: skip


@writes("roster.make")
def set_zone(request: HttpRequest) -> HttpResponse:
    data = request.POST
    instead = queries.zone(number(data["instead"])) if data.get("instead") else None
    unit = instead.unit if instead else _unit(request)

    def keep() -> None:
        place_id, out = data.get("place", ""), forms.hour(data, "comes_out", _("Comes out at"))
        assert out is not None
        services.set_zone(
            unit=unit, name=people_forms.words(data, "name", _("Zone"), 30, required=True), place=units.place(number(place_id)) if place_id else None, comes_out=out,
            classes=rules.classes_in(people_forms.words(data, "classes", _("Which classes"), 600, required=True)), instead=instead, by=viewer_of(request), at=now(),
        )  # fmt: skip

    return trying(request, keep, _at("zones", unit))


@writes("roster.make")
def drop_zone(request: HttpRequest, zone_id: int) -> HttpResponse:
    return redirect(
        _at("zones", services.drop_zone(zone_id=zone_id, by=viewer_of(request), at=now()))
    )


@writes("roster.make")
def serve(request: HttpRequest, station_id: int) -> HttpResponse:
    """Who may serve at a station: ticked by name, or everybody of a body or with a word in their posts."""
    found = queries.station(station_id)
    everybody = queries.people_of(found.unit)
    ticked = {number(pk) for pk in request.POST.getlist("person")[:1000]}
    word = request.POST.get("word", "").strip()
    body_id = request.POST.get("body", "")
    seats = {
        m.person_id
        for b in people.bodies(found.unit)
        if body_id and b.pk == number(body_id)
        for m in b.seats
    }  # type: ignore[attr-defined]
    chosen = [
        p for p in everybody if p.pk in ticked or p.pk in seats or (word and word in p.titles)
    ]  # type: ignore[attr-defined]
    return trying(
        request,
        lambda: services.set_serving(
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
    return render(request, "stations/serving.html", {
        "unit": unit, "units": [u for u in units.reach(viewer_of(request)) if u.is_campus], "rows": queries.serving(unit, today), "genders": queries.Gender.choices, "kinds": queries.BusyKind.choices, "today": today,
        "days": queries.weekdays(), "typed": request.POST,
    }, status=status)  # fmt: skip


@writes("roster.make")
def set_timetable(request: HttpRequest) -> HttpResponse:
    """The lessons of many at once; what cannot be read is said by line, and nothing typed is lost."""
    unit = _unit(request)
    try:
        lessons = forms.timetable(request.POST)
        people_ = services.set_timetable(
            unit=unit, lessons=lessons, by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _serving(request, unit, status=400)
    messages.success(
        request,
        _("%(lessons)d lessons of %(people)d people are entered.")
        % {"lessons": len(set(lessons)), "people": people_},
    )
    return redirect(_at("serving", unit))


@writes("roster.make")
def send_link(request: HttpRequest, person_id: int) -> HttpResponse:
    found = people.get(person_id)

    def send() -> None:
        services.send_link(person=found, by=viewer_of(request), at=now())
        messages.success(request, _("The link is on its way to %(name)s.") % {"name": found.name})

    return trying(request, send, _at("serving", found.unit) + f"#person-{found.pk}")


@writes("roster.make")
def set_card(request: HttpRequest, person_id: int) -> HttpResponse:
    found, data = people.get(person_id), request.POST
    return trying(request, lambda: services.set_card(
        person=found, gender=people_forms.one_of(data, "gender", queries.Gender.values) if data.get("gender") else "", certificate=people_forms.words(data, "certificate", _("Certificate"), 30),
        certificate_until=forms.day(data, "certificate_until", _("Valid until"), required=False), most_a_week=forms.whole(data, "most_a_week", _("At most a week"), 0, 14, required=False), by=viewer_of(request), at=now(),
    ), _at("serving", found.unit) + f"#person-{found.pk}")  # fmt: skip


@writes("take.part")
def add_busy(request: HttpRequest, person_id: int) -> HttpResponse:
    found, data = people.get(person_id), request.POST
    back = (
        reverse("my-shifts")
        if found.pk == viewer_of(request).person_id
        else _at("serving", found.unit) + f"#person-{found.pk}"
    )
    ends = data.get("ends", "")
    return trying(request, lambda: services.add_busy(
        person=found, kind=people_forms.one_of(data, "kind", queries.BusyKind.values), weekday=forms.whole(data, "weekday", _("Weekday"), 0, 6, required=False), starts=forms.day(data, "starts", _("From"), required=False),
        ends=plans_forms.parse_date(ends, _("To")) + timedelta(days=1) if ends else None, from_time=forms.hour(data, "from_time", _("From"), required=False), to_time=forms.hour(data, "to_time", _("To"), required=False),
        by=viewer_of(request), at=now(),
    ), back)  # fmt: skip


@writes("take.part")
def drop_busy(request: HttpRequest, busy_id: int) -> HttpResponse:
    person = services.drop_busy(busy_id=busy_id, by=viewer_of(request))
    return redirect(
        reverse("my-shifts")
        if person.pk == viewer_of(request).person_id
        else _at("serving", person.unit) + f"#person-{person.pk}"
    )


@writes("take.part")
def new_feed(request: HttpRequest, person_id: int) -> HttpResponse:
    found = people.get(person_id)
    services.new_feed(person=found, by=viewer_of(request), at=now())
    return redirect(
        reverse("my-shifts")
        if found.pk == viewer_of(request).person_id
        else _at("serving", found.unit) + f"#person-{found.pk}"
    )
