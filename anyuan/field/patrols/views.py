from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.field.presence import forms as presence_forms
from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import (
    act_and_return,
    asked_unit,
    command_id,
    reads,
    viewer_of,
    writes,
)
from anyuan.kernel.pages import shown
from anyuan.kernel.scoping import Invisible
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.evidence import api as evidence_api
from anyuan.record.evidence.queries import whole_file
from anyuan.record.evidence.services.files import Upload

from . import forms
from .queries import pages
from .queries import rounds as rounds_queries
from .queries import routes as routes_queries
from .services import rounds as rounds_services
from .services import routes as routes_services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


@reads("roster.see")
def patrols(request: HttpRequest) -> HttpResponse:
    """The rounds of a day, and whether those of each shift are enough and spaced."""
    unit, viewer = _unit(request), viewer_of(request)
    page = pages.day(viewer, unit, _day(request), now())
    return render(request, "patrols/patrols.html", shown(page))


def _day(request: HttpRequest) -> date:
    """The day that the address names, else today."""
    return fields.day_asked(request.GET, "day", local_day(now()))


@reads("roster.see")
def walk(request: HttpRequest, round_id: int) -> HttpResponse:
    """One round: while it runs what is still missing, afterwards its way over the picture."""
    walked = rounds_queries.round_(round_id)
    viewer = viewer_of(request)
    return render(
        request,
        "patrols/round.html",
        {
            "round": walked,
            "walk": rounds_queries.walk(walked),
            "picture": routes_queries.picture(walked.unit),
            "is_mine": walked.person_id == viewer.person_id,
            "seen": rounds_queries.Seen.choices,
            "may_accept": viewer.may("round.accept", walked.unit.path)
            and walked.person_id != viewer.person_id,
            "moment": now(),
        },
    )


@writes("round.accept")
def accept(request: HttpRequest, round_id: int) -> HttpResponse:
    """A leader accepts a round that is in doubt."""
    rounds_queries.round_(round_id)
    return act_and_return(
        request,
        lambda: rounds_services.accept(
            round_id=round_id,
            why=fields.words(request.POST, "why", _("Reason"), 200),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("round", args=[round_id]),
    )


def _send(request: HttpRequest, verb: str, fields: Mapping[str, object]) -> bool:
    status, answer = evidence_api.apply(
        viewer_of(request), command_id(request) or uuid4(), verb, fields, "", now()
    )
    if status != 200:
        messages.error(request, " ".join(answer["errors"].values()) or answer["because"])
    return status == 200


@writes("fact.record")
def start(request: HttpRequest, route_id: int) -> HttpResponse:
    """Begin a round on a page; the field kit does the same without network."""
    routes_queries.route(route_id)
    running = next(
        (r for r in rounds_queries.running(viewer_of(request).pk) if r.route_id == route_id),
        None,
    )
    if running:
        return redirect("round", running.pk)
    key = command_id(request) or uuid4()
    if not _send(request, "round.start", {"round": str(key), "route": route_id}):
        return redirect("patrols")
    walked = rounds_queries.by_key(key)
    return redirect("round", walked.pk) if walked else redirect("patrols")


@writes("fact.record")
def scan(request: HttpRequest, round_id: int) -> HttpResponse:
    walked = rounds_queries.round_(round_id)
    uploads = [Upload(f.name or "file", f.read()) for f in request.FILES.getlist("files")]
    sent = {
        "round": str(walked.key),
        **presence_forms.said(request.POST, "code", "checkpoint", "seen", "note", "people"),
        "uploads": uploads,
    }
    _send(request, "round.scan", sent)
    return redirect("round", round_id)


@writes("fact.record")
def end(request: HttpRequest, round_id: int) -> HttpResponse:
    walked = rounds_queries.round_(round_id)
    _send(request, "round.end", {"round": str(walked.key)})
    return redirect("round", round_id)


# -- routes -----------------------------------------------------------------------------
@reads("roster.make")
def routes(request: HttpRequest) -> HttpResponse:
    return _routes(request, _unit(request))


def _routes(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    return render(
        request,
        "patrols/routes.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer_of(request)) if u.is_campus],
            "routes": routes_queries.routes(unit),
            "places": units.places(unit),
            "kinds": rounds_queries.RouteKind.choices,
            "picture": routes_queries.picture(unit),
            "typed": request.POST,
        },
        status=status,
    )


@writes("roster.make")
def set_route(request: HttpRequest) -> HttpResponse:
    data = request.POST
    changed = fields.key_or_none(data, "instead")
    instead = routes_queries.route(changed) if changed is not None else None
    unit = instead.unit if instead else _unit(request)
    try:
        routes_services.set_route(
            given=forms.RouteForm.read(data),
            unit=unit,
            instead=instead,
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _routes(request, unit, status=400)
    return redirect(f"{reverse('routes')}?unit={unit.pk}")


@writes("roster.make")
def close_route(request: HttpRequest, route_id: int) -> HttpResponse:
    found = routes_services.close_route(route_id=route_id, by=viewer_of(request), at=now())
    return redirect(f"{reverse('routes')}?unit={found.unit_id}")


@writes("roster.make")
def set_points(request: HttpRequest, route_id: int) -> HttpResponse:
    route = routes_queries.route(route_id)
    chosen = [units.place(pk) for pk in fields.keys(request.POST, "place", 100)]
    return act_and_return(
        request,
        lambda: routes_services.set_points(
            route_id=route_id, places=chosen, by=viewer_of(request), at=now()
        ),
        f"{reverse('routes')}?unit={route.unit_id}#route-{route.pk}",
    )


@writes("roster.make")
def place_point(request: HttpRequest, checkpoint_id: int) -> HttpResponse:
    checkpoint, data = routes_queries.checkpoint(checkpoint_id), request.POST
    return act_and_return(
        request,
        lambda: routes_services.place_point(
            checkpoint_id=checkpoint_id,
            x=forms.share(data, "x"),
            y=forms.share(data, "y"),
            bends=forms.leg(data, "bends"),
            stairs=fields.ticked(data, "stairs"),
            expected=fields.whole_or_none(data, "expected", _("How many sleep there"), 0, 2000),
            by=viewer_of(request),
        ),
        f"{reverse('routes')}?unit={checkpoint.unit_id}#route-{checkpoint.route_id}",
    )


@writes("roster.make")
def set_picture(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    file = request.FILES.get("picture")
    if file is None:
        messages.error(request, _("Please choose a picture first."))
        return redirect(f"{reverse('routes')}?unit={unit.pk}")
    return act_and_return(
        request,
        lambda: routes_services.set_picture(
            unit=unit,
            upload=Upload(file.name or "picture", file.read()),
            by=viewer_of(request),
            at=now(),
        ),
        f"{reverse('routes')}?unit={unit.pk}",
    )


@reads("roster.see")
def campus_picture(request: HttpRequest, unit_id: int) -> HttpResponseBase:
    picture = routes_queries.picture(units.get(unit_id))
    data = whole_file(picture.digest) if picture else None
    if picture is None or data is None:
        raise Invisible
    return HttpResponse(data, content_type=picture.content_type)
