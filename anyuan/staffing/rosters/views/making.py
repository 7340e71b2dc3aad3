"""A roster is asked for and looked at."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import act_and_return, reads, viewer_of, writes
from anyuan.kernel.pages import shown
from anyuan.org.messages import queries as reach
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.staffing.stations import queries as stations

from .. import forms
from ..queries import making as making_queries
from ..queries import pages, posing
from ..services import making as making_services
from ..services import publishing
from .weeks import at, monday_asked_for, unit_asked_for


# -- making ---------------------------------------------------------------------------
@reads("roster.make")
def making(request: HttpRequest) -> HttpResponse:
    return _making(request, unit_asked_for(request))


def _making(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    today = local_day(now())
    starts = today + timedelta(days=7 - today.weekday())
    term = next((t for t in units.terms(unit) if t.starts <= starts < t.ends), None)
    return render(
        request,
        "rosters/making.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "rosters": making_queries.rosters(unit),
            "stations": stations.stations(unit),
            "starts": starts,
            "ends": starts + timedelta(days=27),
            "term": term,
            "weights": posing.bounds(unit),
            "typed": request.POST,
        },
        status=status,
    )


@writes("roster.make")
def ask(request: HttpRequest) -> HttpResponse:
    unit, data = unit_asked_for(request), request.POST
    try:
        found = making_services.ask(
            unit=unit, **fields.values(forms.RosterForm.read(data)), by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _making(request, unit, status=400)
    return redirect("roster", found.pk)


@reads("roster.see")
def roster(request: HttpRequest, roster_id: int) -> HttpResponse:
    """One roster: being made, made, or in force; a week of it, and why places are empty."""
    roster = making_queries.roster(roster_id)
    asked = monday_asked_for(request) if "day" in request.GET else roster.starts
    page = pages.roster(viewer_of(request), roster, asked, now())
    return render(request, "rosters/roster.html", shown(page))


@writes("roster.make")
def stop(request: HttpRequest, roster_id: int) -> HttpResponse:
    making_services.stop(roster_id=roster_id, by=viewer_of(request), at=now())
    return redirect("roster", roster_id)


@writes("roster.make")
def publish(request: HttpRequest, roster_id: int) -> HttpResponse:
    found = making_queries.roster(roster_id)
    return act_and_return(
        request,
        lambda: publishing.publish(roster_id=roster_id, by=viewer_of(request), at=now()),
        f"{at('roster-week', found.unit)}&day={max(found.starts, local_day(now()))}",
        lambda roster: (
            _("Published: %(whom)s.") % {"whom": reach.reach(publishing.people_on(roster)).words}
        ),
    )


@writes("roster.make")
def discard(request: HttpRequest, roster_id: int) -> HttpResponse:
    found = making_queries.roster(roster_id)
    return act_and_return(
        request,
        lambda: making_services.discard(roster_id=roster_id, by=viewer_of(request), at=now()),
        at("roster-making", found.unit),
        lambda _came: _("The draft was thrown away; nobody was told of it."),
    )
