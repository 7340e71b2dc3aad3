"""Leave and swaps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.http import (
    act_and_return,
    reads,
    reads_and_writes,
    viewer_of,
    writes,
)
from anyuan.kernel.scoping import Denied
from anyuan.org.messages import queries as reach
from anyuan.org.people import queries as people
from anyuan.org.units import queries as units
from anyuan.staffing.stations import queries as stations

from .. import forms
from ..queries import leave as leave_queries
from ..queries import shifts as shifts_queries
from ..queries import swaps as swaps_queries
from ..services import leave, swaps
from .weeks import at, unit_asked_for


@writes("take.part")
def ask_for_leave(request: HttpRequest) -> HttpResponse:
    viewer, data = viewer_of(request), request.POST
    person = people.get(fields.key_or_none(data, "person") or viewer.pk)
    back = reverse("my-shifts") if person.pk == viewer.person_id else at("leaves", person.unit)
    return act_and_return(
        request,
        lambda: leave.ask(
            person=person, **fields.values(forms.LeaveForm.read(data)), by=viewer, at=now()
        ),
        back,
        lambda _came: _("Asked; the office decides and sees it on its home page."),
    )


@reads("roster.make")
def leaves(request: HttpRequest) -> HttpResponse:
    """What is asked: leave and swaps, each with what is still missing."""
    unit = unit_asked_for(request)
    return render(
        request,
        "rosters/leaves.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "leaves": leave_queries.leaves(unit, now()),
            "swaps": swaps_queries.swaps(unit),
            "people": stations.people_of(unit),
            "kinds": leave_queries.KINDS,
        },
    )


@writes("roster.make")
def decide_leave(request: HttpRequest, leave_id: int) -> HttpResponse:
    found = leave_queries.get(leave_id)
    return act_and_return(
        request,
        lambda: leave.decide(
            leave_id=leave_id,
            grant=fields.chose(request.POST, "answer", "yes"),
            by=viewer_of(request),
            at=now(),
        ),
        at("leaves", found.unit),
        lambda _came: _("Decided: %(whom)s.") % {"whom": reach.reach([found.person]).words},
    )


@writes("take.part")
def withdraw_leave(request: HttpRequest, leave_id: int) -> HttpResponse:
    found, viewer = leave_queries.get(leave_id), viewer_of(request)
    back = reverse("my-shifts") if found.person_id == viewer.person_id else at("leaves", found.unit)
    return act_and_return(
        request,
        lambda: leave.withdraw(leave_id=leave_id, by=viewer, at=now()),
        back,
        lambda _came: _("Taken back."),
    )


@reads_and_writes("take.part")
def ask_to_swap(request: HttpRequest, shift_id: int) -> HttpResponse:
    """With whom a shift of one's own can be swapped; a post asks one of them."""
    shift, viewer = shifts_queries.shift(shift_id), viewer_of(request)
    if request.method != "POST":
        if shift.person_id != viewer.person_id:
            raise Denied("not your shift")
        others = swaps_queries.to_swap_with(viewer.pk, now())
        return render(request, "rosters/swap.html", {"shift": shift, "others": others})
    return act_and_return(
        request,
        lambda: swaps.ask(
            mine_id=shift_id,
            theirs_id=fields.key(request.POST, "theirs"),
            by=viewer,
            at=now(),
        ),
        reverse("my-shifts"),
        lambda swap: _("Asked: %(whom)s.") % {"whom": reach.reach([swap.other]).words},
    )


@writes("take.part")
def answer_swap(request: HttpRequest, swap_id: int) -> HttpResponse:
    swaps_queries.swap(swap_id)
    return act_and_return(
        request,
        lambda: swaps.answer(
            swap_id=swap_id,
            yes=fields.chose(request.POST, "answer", "yes"),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("my-shifts"),
        lambda _came: _("Your answer was taken; whoever asked sees it."),
    )


@writes("roster.make")
def decide_swap(request: HttpRequest, swap_id: int) -> HttpResponse:
    swap = swaps_queries.swap(swap_id)
    return act_and_return(
        request,
        lambda: swaps.decide(
            swap_id=swap_id,
            grant=fields.chose(request.POST, "answer", "yes"),
            by=viewer_of(request),
            at=now(),
        ),
        at("leaves", swap.unit),
        lambda _came: _("Decided: %(whom)s.") % {"whom": reach.reach([swap.one, swap.other]).words},
    )
