"""Who is on duty, by week."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, viewer_of
from anyuan.kernel.pages import shown
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from ..queries import pages
from ..queries import shifts as shifts_queries


def unit_asked_for(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


def at(name: str, unit: Unit) -> str:
    return f"{reverse(name)}?unit={unit.pk}"


def monday_asked_for(request: HttpRequest) -> date:
    asked = request.GET.get("day", "")
    try:
        day = fields.day_of(asked, "day") if asked else local_day(now())
    except Refused:
        day = local_day(now())
    return day - timedelta(days=day.weekday())


# -- the roster in force ------------------------------------------------------------
@reads("roster.see")
def week(request: HttpRequest) -> HttpResponse:
    """Who is on duty: now, and through a week."""
    unit, monday = unit_asked_for(request), monday_asked_for(request)
    page = pages.week(viewer_of(request), unit, monday, now())
    return render(request, "rosters/week.html", shown(page))


@reads("roster.see")
def wall(request: HttpRequest) -> HttpResponse:
    """The duty room's screen: who is there, who is not, read from across the room; no telephone
    numbers, no scrolling.
    """
    unit, moment = unit_asked_for(request), now()
    on = shifts_queries.on_duty([unit.pk], moment)
    later = [
        s
        for s in shifts_queries.between(unit, moment, moment + timedelta(hours=6))
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
