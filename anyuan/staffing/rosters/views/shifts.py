"""One shift."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel import manifest
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import act_and_return, reads, viewer_of, writes
from anyuan.org.messages import queries as reach
from anyuan.org.people import queries as people

from ..queries import shifts as shifts_queries
from ..queries import substitutes
from ..queries import swaps as swaps_queries
from ..services import publishing, shifts, stand_in, swaps
from .weeks import at


@reads("roster.see")
def shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    """One shift: whose and why, and who could stand in."""
    found, viewer = shifts_queries.shift(shift_id), viewer_of(request)
    may = viewer.may("roster.make", found.unit.path)
    is_mine = found.person_id == viewer.person_id
    why = shifts_queries.why(found) if found.person_id else None
    rows = substitutes.substitutes(found) if may or is_mine else []
    return render(
        request,
        "rosters/shift.html",
        {
            "shift": found,
            "may_make": may,
            "is_mine": is_mine,
            "substitutes": [
                (s, manifest.label("hindrance", s.hindrance) if s.hindrance else "") for s in rows
            ],
            "able": any(s.hindrance is None for s in rows),
            "why": why,
            "hindered": [(manifest.label("hindrance", w), n) for w, n in why.hindered.most_common()]
            if why
            else [],
            "moment": now(),
        },
    )


# -- changing --------------------------------------------------------------------------
@writes("roster.make")
def assign(request: HttpRequest, shift_id: int) -> HttpResponse:
    shifts_queries.shift(shift_id)
    chosen = fields.key_or_none(request.POST, "person")
    return act_and_return(
        request,
        lambda: shifts.assign(
            shift_id=shift_id,
            person=people.get(chosen) if chosen is not None else None,
            by=viewer_of(request),
            at=now(),
        ),
        reverse("shift", args=[shift_id]),
        lambda _came: _given(shift_id),
    )


def _given(shift_id: int) -> str:
    """What became of a shift, and whether whoever has it now hears of it."""
    found = shifts_queries.shift(shift_id)
    if found.person is None:
        return _("The place is empty now.")
    words = {"name": found.person.name, "whom": reach.reach([found.person]).words}
    return _("%(name)s has this shift: %(whom)s.") % words


@writes("roster.make")
def repair(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Let the engine find who comes instead, moving as little else as can be; what it finds is a
    draft to look at.
    """
    try:
        found = shifts.repair(shift_id=shift_id, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("shift", shift_id)
    return redirect(f"{reverse('roster', args=[found.pk])}?day={found.away_on}")


@writes("roster.make")
def exchange(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Two people change places: dropped from the roster's table, it leads back there."""
    found = shifts_queries.shift(shift_id)
    back = (
        f"{reverse('roster', args=[found.roster_id])}?day={found.day}"
        if not found.in_force
        else f"{at('roster-week', found.unit)}&day={found.day}"
    )
    return act_and_return(
        request,
        lambda: swaps.exchange(
            shift_id=shift_id,
            other_id=fields.key(request.POST, "other"),
            by=viewer_of(request),
            at=now(),
        ),
        back,
        lambda _came: _("Exchanged."),
    )


@writes("take.part")
def ask_to_stand_in(request: HttpRequest, shift_id: int) -> HttpResponse:
    shifts_queries.shift(shift_id)
    chosen = [people.get(pk) for pk in fields.keys(request.POST, "person", 100)]
    return act_and_return(
        request,
        lambda: stand_in.ask(shift_id=shift_id, persons=chosen, by=viewer_of(request), at=now()),
        reverse("shift", args=[shift_id]),
        lambda asked: (
            _("Asked: %(whom)s.") % {"whom": reach.reach(chosen).words}
            if asked
            else _("They were asked before, or cannot come; nobody was asked anew.")
        ),
    )


@writes("take.part")
def answer_request(request: HttpRequest, request_id: int) -> HttpResponse:
    swaps_queries.request(request_id)
    return act_and_return(
        request,
        lambda: stand_in.answer(
            request_id=request_id,
            yes=fields.chose(request.POST, "answer", "yes"),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("my-shifts"),
        lambda _came: _("Your answer was taken; whoever asked sees it."),
    )


@writes("roster.make")
def close_station(request: HttpRequest, station_id: int) -> HttpResponse:
    found = publishing.close_station(station_id=station_id, by=viewer_of(request), at=now())
    return redirect(at("stations", found.unit))
