"""Who is on duty, by week."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.http import asked_unit, reads, viewer_of
from anyuan.kernel.pages import shown
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from ..queries import pages


def unit_asked_for(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


def at(name: str, unit: Unit) -> str:
    return f"{reverse(name)}?unit={unit.pk}"


def monday_asked_for(request: HttpRequest) -> date:
    day = fields.day_asked(request.GET, "day", local_day(now()))
    return day - timedelta(days=day.weekday())


# -- the roster in force ------------------------------------------------------------
@reads("roster.see")
def week(request: HttpRequest) -> HttpResponse:
    """Who is on duty: now, and through a week."""
    unit, monday = unit_asked_for(request), monday_asked_for(request)
    page = pages.week(viewer_of(request), unit, monday, now())
    return render(request, "rosters/week.html", shown(page))
