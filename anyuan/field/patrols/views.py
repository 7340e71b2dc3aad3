from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.evidence import api as evidence_api
from anyuan.evidence.services import Upload, attachment_path
from anyuan.kernel.clock import local_day, midnight, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, command_id, number, reads, trying, viewer_of, writes
from anyuan.kernel.scoping import Invisible
from anyuan.people import forms as people_forms
from anyuan.plans import forms as plans_forms
from anyuan.stations.forms import whole
from anyuan.units import queries as units
from anyuan.units.queries import Unit

from . import forms, queries, services

SHOWN = 40  # rounds of a day on its page


def _unit(request: HttpRequest) -> Unit:
    return units.chosen_campus(viewer_of(request), asked_unit(request))


@reads("roster.see")
def patrols(request: HttpRequest) -> HttpResponse:
    """The rounds of a day, and whether those of each shift are enough and spaced."""
    unit, moment, viewer = _unit(request), now(), viewer_of(request)
    asked = request.GET.get("day", "")
    try:
        day = plans_forms.parse_date(asked, "day") if asked else local_day(moment)
    except Refused:
        day = local_day(moment)
    found = queries.rounds(unit, midnight(day), midnight(day + timedelta(days=1)))
    rounds = list(zip(found, queries.walks(found[:SHOWN]), strict=False))
    return render(request, "patrols/patrols.html", {
        "unit": unit, "units": [u for u in units.reach(viewer) if u.is_campus], "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1) if day < local_day(moment) else None,
        "rounds": rounds, "count": len(found), "missing": queries.missing([unit.pk], moment) if day == local_day(moment) else [], "watched": queries.watched(unit, moment), "routes": queries.routes(unit), "running": queries.running(viewer.person_id or 0), "may_make": viewer.may("roster.make", unit.path),
        "may_walk": viewer.may("fact.record", unit.path), "moment": moment,
    })  # fmt: skip


@reads("roster.see")
def walk(request: HttpRequest, round_id: int) -> HttpResponse:
    """One round: while it runs what is still missing, afterwards its way over the picture."""
    found = queries.round_(round_id)
    viewer = viewer_of(request)
    return render(request, "patrols/round.html", {
        "round": found, "walk": queries.walk(found), "picture": queries.picture(found.unit), "is_mine": found.person_id == viewer.person_id, "seen": queries.Seen.choices, "moment": now(),
    })  # fmt: skip


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
    queries.route(route_id)
    running = next(
        (r for r in queries.running(viewer_of(request).person_id or 0) if r.route_id == route_id),
        None,
    )
    if running:
        return redirect("round", running.pk)
    key = command_id(request) or uuid4()
    if not _send(request, "round.start", {"round": str(key), "route": route_id}):
        return redirect("patrols")
    found = queries.by_key(key)
    return redirect("round", found.pk) if found else redirect("patrols")


@writes("fact.record")
def scan(request: HttpRequest, round_id: int) -> HttpResponse:
    found = queries.round_(round_id)
    uploads = [Upload(f.name or "file", f.read()) for f in request.FILES.getlist("files")]
    fields = {
        "round": str(found.key),
        **{k: request.POST.get(k, "") for k in ("code", "checkpoint", "seen", "note", "people")},
        "uploads": uploads,
    }
    _send(request, "round.scan", fields)
    return redirect("round", round_id)


@writes("fact.record")
def end(request: HttpRequest, round_id: int) -> HttpResponse:
    found = queries.round_(round_id)
    _send(request, "round.end", {"round": str(found.key)})
    return redirect("round", round_id)


# -- routes -----------------------------------------------------------------------------
@reads("roster.make")
def routes(request: HttpRequest) -> HttpResponse:
    return _routes(request, _unit(request))


def _routes(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    return render(request, "patrols/routes.html", {
        "unit": unit, "units": [u for u in units.reach(viewer_of(request)) if u.is_campus], "routes": queries.routes(unit), "places": units.places(unit), "kinds": queries.RouteKind.choices,
        "picture": queries.picture(unit), "typed": request.POST,
    }, status=status)  # fmt: skip


@writes("roster.make")
def set_route(request: HttpRequest) -> HttpResponse:
    data = request.POST
    instead = queries.route(number(data["instead"])) if data.get("instead") else None
    unit = instead.unit if instead else _unit(request)
    try:
        services.set_route(
            unit=unit, name=people_forms.words(data, "name", _("What it is called"), 30, required=True), kind=people_forms.one_of(data, "kind", queries.RouteKind.values), rounds=whole(data, "rounds", _("Rounds a shift"), 1, 24) or 1,
            apart=whole(data, "apart", _("Minutes apart"), 0, 720) or 0, head_count=data.get("head_count") == "on",
            instead=instead, by=viewer_of(request), at=now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
        return _routes(request, unit, status=400)
    return redirect(f"{reverse('routes')}?unit={unit.pk}")


@writes("roster.make")
def close_route(request: HttpRequest, route_id: int) -> HttpResponse:
    found = services.close_route(route_id=route_id, by=viewer_of(request), at=now())
    return redirect(f"{reverse('routes')}?unit={found.unit_id}")


@writes("roster.make")
def set_points(request: HttpRequest, route_id: int) -> HttpResponse:
    found = queries.route(route_id)
    chosen = [units.place(number(pk)) for pk in request.POST.getlist("place")[:100]]
    return trying(
        request,
        lambda: services.set_points(
            route_id=route_id, places=chosen, by=viewer_of(request), at=now()
        ),
        f"{reverse('routes')}?unit={found.unit_id}#route-{found.pk}",
    )


@writes("roster.make")
def place_point(request: HttpRequest, checkpoint_id: int) -> HttpResponse:
    found, data = queries.checkpoint(checkpoint_id), request.POST
    return trying(request, lambda: services.place_point(
        checkpoint_id=checkpoint_id, x=forms.share(data, "x"), y=forms.share(data, "y"), bends=forms.way(data, "bends"), stairs=data.get("stairs") == "on", expected=whole(data, "expected", _("How many sleep there"), 0, 2000, required=False), by=viewer_of(request),
    ), f"{reverse('routes')}?unit={found.unit_id}#route-{found.route_id}")  # fmt: skip


@writes("roster.make")
def set_picture(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    file = request.FILES.get("picture")
    if file is None:
        messages.error(request, _("Please choose a picture first."))
        return redirect(f"{reverse('routes')}?unit={unit.pk}")
    return trying(
        request,
        lambda: services.set_picture(
            unit=unit,
            upload=Upload(file.name or "picture", file.read()),
            by=viewer_of(request),
            at=now(),
        ),
        f"{reverse('routes')}?unit={unit.pk}",
    )


@reads("roster.see")
def campus_picture(request: HttpRequest, unit_id: int) -> HttpResponseBase:
    found = queries.picture(units.get(unit_id))
    if found is None or not attachment_path(found.digest).exists():
        raise Invisible
    return HttpResponse(attachment_path(found.digest).read_bytes(), content_type=found.content_type)
