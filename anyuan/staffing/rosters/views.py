from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, number, reads, trying, viewer_of, writes
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.kernel.templatetags.words import in_the_way
from anyuan.people import forms as people_forms
from anyuan.people import queries as people
from anyuan.plans import forms as plans_forms
from anyuan.stations import queries as stations
from anyuan.units import queries as units
from anyuan.units.queries import Unit

from . import forms, queries, rules, services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


def _at(name: str, unit: Unit) -> str:
    return f"{reverse(name)}?unit={unit.pk}"


def _monday(request: HttpRequest) -> date:
    asked = request.GET.get("day", "")
    try:
        day = plans_forms.parse_date(asked, "day") if asked else local_day(now())
    except Refused:
        day = local_day(now())
    return day - timedelta(days=day.weekday())


# -- the roster in force ------------------------------------------------------------
@reads("roster.see")
def week(request: HttpRequest) -> HttpResponse:
    """Who is on duty: now, and through a week."""
    unit, moment, monday = _unit(request), now(), _monday(request)
    viewer, on = viewer_of(request), queries.on_duty([unit.pk], moment)
    return render(request, "rosters/week.html", {
        "unit": unit, "units": [u for u in units.reach(viewer) if u.is_campus], "table": queries.table(unit, monday, monday + timedelta(days=7)), "now_on": on, "there": sum(1 for s in on if s.came_at),
        "monday": monday, "before": monday - timedelta(days=7), "after": monday + timedelta(days=7), "today": local_day(moment), "moment": moment, "may_make": viewer.may("roster.make", unit.path),
    })  # fmt: skip


@reads("roster.see")
def wall(request: HttpRequest) -> HttpResponse:
    """The duty room's screen: who is there, who is not, read from across the room; no telephone numbers, no scrolling."""
    unit, moment = _unit(request), now()
    on = queries.on_duty([unit.pk], moment)
    later = [
        s
        for s in queries.between(unit, moment, moment + timedelta(hours=6))
        if s.starts_at > moment
    ]
    return render(
        request,
        "rosters/wall.html",
        {
            "unit": unit,
            "on": sorted(on, key=lambda s: (s.came_at is not None, on.index(s)))[:10],
            "all": len(on),
            "there": sum(1 for s in on if s.came_at),
            "later": later[:6],
            "moment": moment,
        },
    )


@reads("roster.see")
def shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    """One shift: whose and why, and who could stand in."""
    found, viewer = queries.shift(shift_id), viewer_of(request)
    may = viewer.may("roster.make", found.unit.path)
    is_mine = found.person_id == viewer.person_id
    why = queries.why(found) if found.person_id else None
    rows = queries.substitutes(found) if may or is_mine else []
    return render(request, "rosters/shift.html", {
        "shift": found, "may_make": may, "is_mine": is_mine, "substitutes": [(s, in_the_way(s.why_not) if s.why_not else "") for s in rows], "able": any(s.why_not is None for s in rows),
        "why": why, "hindered": [(in_the_way(w), n) for w, n in why.hindered.most_common()] if why else [], "moment": now(),
    })  # fmt: skip


# -- making ---------------------------------------------------------------------------
@reads("roster.make")
def making(request: HttpRequest) -> HttpResponse:
    return _making(request, _unit(request))


def _making(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    today = local_day(now())
    starts = today + timedelta(days=7 - today.weekday())
    term = next((t for t in units.terms(unit) if t.starts <= starts < t.ends), None)
    return render(request, "rosters/making.html", {
        "unit": unit, "units": [u for u in units.reach(viewer_of(request)) if u.is_campus], "rosters": queries.rosters(unit), "stations": stations.stations(unit), "starts": starts, "ends": starts + timedelta(days=27), "term": term,
        "weights": queries.bounds(unit), "typed": request.POST,
    }, status=status)  # fmt: skip


@writes("roster.make")
def ask(request: HttpRequest) -> HttpResponse:
    unit, data = _unit(request), request.POST
    try:
        starts, last = (
            plans_forms.parse_date(data.get("starts", ""), _("From")),
            plans_forms.parse_date(data.get("ends", ""), _("To")),
        )
        found = services.ask(
            unit=unit, title=people_forms.words(data, "title", _("Title"), 60) or _("Roster %(first)s to %(last)s") % {"first": f"{starts:%m-%d}", "last": f"{last:%m-%d}"},
            starts=starts, ends=last + timedelta(days=1), weights=forms.weights(data), by=viewer_of(request), at=now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
        return _making(request, unit, status=400)
    return redirect("roster", found.pk)


@reads("roster.see")
def roster(request: HttpRequest, roster_id: int) -> HttpResponse:
    """One roster: being made, made, or in force; a week of it, and why places are empty."""
    found, viewer = queries.roster(roster_id), viewer_of(request)
    asked = _monday(request) if "day" in request.GET else found.starts
    first = max(found.starts, min(asked, found.ends - timedelta(days=1)))
    until = min(found.ends, first + timedelta(days=7))
    conflicts = [
        {
            **c,
            "rules": [in_the_way(r) for r in c["rules"]],
            "enough": [in_the_way(r) for r in c["enough"]],
        }
        for c in found.conflicts
    ]
    return render(request, "rosters/roster.html", {
        "roster": found, "unit": found.unit, "table": queries.table(found.unit, first, until, found), "conflicts": conflicts, "may_make": viewer.may("roster.make", found.unit.path), "may_edit": viewer.may("roster.make", found.unit.path) and found.state in {"made", "published"}, "busy": found.state in {"asked", "making"},
        "shares": queries.shares(found), "before": first - timedelta(days=7) if first > found.starts else None, "after": first + timedelta(days=7) if until < found.ends else None, "first": first, "last": until - timedelta(days=1), "today": local_day(now()),
        "ahead": _ahead(found), "percent": min(100, int(float(found.progress.get("seconds", 0)) / rules.SECONDS * 100)), "changes": queries.changes(found) if found.state == "made" else None,
    })  # fmt: skip


def _ahead(found: queries.Roster) -> int:
    """How many rosters, of whatever school, are made before this one."""
    if found.state != "asked":
        return 0
    with acting(SYSTEM, read_only=True):
        return queries.ahead(found)


@writes("roster.make")
def stop(request: HttpRequest, roster_id: int) -> HttpResponse:
    services.stop(roster_id=roster_id, by=viewer_of(request), at=now())
    return redirect("roster", roster_id)


@writes("roster.make")
def publish(request: HttpRequest, roster_id: int) -> HttpResponse:
    found = queries.roster(roster_id)
    return trying(
        request,
        lambda: services.publish(roster_id=roster_id, by=viewer_of(request), at=now()),
        f"{_at('roster-week', found.unit)}&day={max(found.starts, local_day(now()))}",
    )


@writes("roster.make")
def discard(request: HttpRequest, roster_id: int) -> HttpResponse:
    found = queries.roster(roster_id)
    return trying(
        request,
        lambda: services.discard(roster_id=roster_id, by=viewer_of(request), at=now()),
        _at("roster-making", found.unit),
    )


# -- changing --------------------------------------------------------------------------
@writes("roster.make")
def assign(request: HttpRequest, shift_id: int) -> HttpResponse:
    queries.shift(shift_id)
    chosen = request.POST.get("person", "")
    return trying(
        request,
        lambda: services.assign(
            shift_id=shift_id,
            person=people.get(number(chosen)) if chosen else None,
            by=viewer_of(request),
            at=now(),
        ),
        reverse("shift", args=[shift_id]),
    )


@writes("roster.make")
def repair(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Let the engine find who comes instead, moving as little else as can be; what it finds is a draft to look at."""
    try:
        found = services.repair(shift_id=shift_id, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("shift", shift_id)
    return redirect(f"{reverse('roster', args=[found.pk])}?day={found.away_on}")


@writes("roster.make")
def exchange(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Two people change places: dropped from the roster's table, it leads back there."""
    found = queries.shift(shift_id)
    back = (
        f"{reverse('roster', args=[found.roster_id])}?day={found.day}"
        if not found.holds
        else f"{_at('roster-week', found.unit)}&day={found.day}"
    )
    return trying(
        request,
        lambda: services.exchange(
            shift_id=shift_id,
            other_id=number(request.POST.get("other", "")),
            by=viewer_of(request),
            at=now(),
        ),
        back,
    )


@writes("take.part")
def ask_to_stand_in(request: HttpRequest, shift_id: int) -> HttpResponse:
    queries.shift(shift_id)
    chosen = [people.get(number(pk)) for pk in request.POST.getlist("person")[:100]]
    return trying(
        request,
        lambda: services.ask_to_stand_in(
            shift_id=shift_id, persons=chosen, by=viewer_of(request), at=now()
        ),
        reverse("shift", args=[shift_id]),
    )


@writes("take.part")
def answer_request(request: HttpRequest, request_id: int) -> HttpResponse:
    queries.request(request_id)
    return trying(
        request,
        lambda: services.answer_request(
            request_id=request_id,
            yes=request.POST.get("answer") == "yes",
            by=viewer_of(request),
            at=now(),
        ),
        reverse("my-shifts"),
    )


@writes("take.part")
def ask_for_leave(request: HttpRequest) -> HttpResponse:
    viewer, data = viewer_of(request), request.POST
    person = people.get(number(data["person"]) if data.get("person") else viewer.person_id or 0)
    back = reverse("my-shifts") if person.pk == viewer.person_id else _at("leaves", person.unit)
    return trying(request, lambda: services.ask_for_leave(
        person=person, starts_at=forms.moment(data, "starts_at", _("From")), ends_at=forms.moment(data, "ends_at", _("To")), errand=data.get("errand") == "on", by=viewer, at=now(),
    ), back)  # fmt: skip


@reads("roster.make")
def leaves(request: HttpRequest) -> HttpResponse:
    """What is asked: leave and swaps, each with what is still missing."""
    unit = _unit(request)
    return render(
        request,
        "rosters/leaves.html",
        {
            "unit": unit,
            "units": [u for u in units.reach(viewer_of(request)) if u.is_campus],
            "leaves": queries.leaves(unit, now()),
            "swaps": queries.swaps(unit),
            "people": stations.people_of(unit),
        },
    )


@writes("roster.make")
def decide_leave(request: HttpRequest, leave_id: int) -> HttpResponse:
    found = queries.leave(leave_id)
    return trying(
        request,
        lambda: services.decide_leave(
            leave_id=leave_id,
            grant=request.POST.get("answer") == "yes",
            by=viewer_of(request),
            at=now(),
        ),
        _at("leaves", found.unit),
    )


@writes("take.part")
def withdraw_leave(request: HttpRequest, leave_id: int) -> HttpResponse:
    found, viewer = queries.leave(leave_id), viewer_of(request)
    back = (
        reverse("my-shifts") if found.person_id == viewer.person_id else _at("leaves", found.unit)
    )
    return trying(
        request, lambda: services.withdraw_leave(leave_id=leave_id, by=viewer, at=now()), back
    )


@writes("take.part")
def ask_to_swap(request: HttpRequest, shift_id: int) -> HttpResponse:
    queries.shift(shift_id)
    return trying(
        request,
        lambda: services.ask_to_swap(
            mine_id=shift_id,
            theirs_id=number(request.POST.get("theirs", "")),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("my-shifts"),
    )


@writes("take.part")
def answer_swap(request: HttpRequest, swap_id: int) -> HttpResponse:
    queries.swap(swap_id)
    return trying(
        request,
        lambda: services.answer_swap(
            swap_id=swap_id,
            yes=request.POST.get("answer") == "yes",
            by=viewer_of(request),
            at=now(),
        ),
        reverse("my-shifts"),
    )


@writes("roster.make")
def decide_swap(request: HttpRequest, swap_id: int) -> HttpResponse:
    found = queries.swap(swap_id)
    return trying(
        request,
        lambda: services.decide_swap(
            swap_id=swap_id,
            grant=request.POST.get("answer") == "yes",
            by=viewer_of(request),
            at=now(),
        ),
        _at("leaves", found.unit),
    )


@writes("roster.make")
def close_station(request: HttpRequest, station_id: int) -> HttpResponse:
    found = services.close_station(station_id=station_id, by=viewer_of(request), at=now())
    return redirect(_at("stations", found.unit))
