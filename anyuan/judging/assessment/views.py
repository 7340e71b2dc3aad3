from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from anyuan.activities import rules as activities
from anyuan.evidence import queries as evidence
from anyuan.kernel import live as hub
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.http import number, public, reads, viewer_of
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import Invisible
from anyuan.plans import queries as plans
from anyuan.plans.rules import in_stage
from anyuan.units import queries as units
from anyuan.units.queries import Unit

from . import queries


def _unit(request: HttpRequest, *, campus: bool) -> Unit:
    """The unit the address names, else the viewer's own first one of that sort."""
    if "unit" in request.GET:
        return units.mine(viewer_of(request), number(request.GET["unit"]))
    own = units.own(viewer_of(request))
    fitting = [u for u in own if u.is_campus == campus] or own
    if not fitting:
        raise Invisible
    if campus and not fitting[0].is_campus:
        return units.campuses(fitting[0]).first() or fitting[0]
    return fitting[0]


@reads("board.see")
def stages(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The stages of a campaign: their tasks, how far they are, what lags."""
    plan = plans.get(plan_id)
    found = queries.stages(plan, now())
    current = next((s for s in found if s.state == "running"), None)
    return render(
        request,
        "assessment/stages.html",
        {
            "plan": plan,
            "stages": found,
            "current": current,
            "last": next((s for s in reversed(found) if s.state == "over"), None),
        },
    )


@reads("board.see")
def board(request: HttpRequest) -> HttpResponse:
    unit = _unit(request, campus=False)
    moment = now()
    campuses = list(units.campuses(unit))
    town, kind, family, phase = (
        request.GET.get(k, "") for k in ("town", "kind", "family", "phase")
    )
    chosen = [
        u for u in campuses if (not town or f"/{town}/" in u.path) and (not kind or u.stage == kind)
    ]
    found = queries.board(chosen, moment)
    phases = plans.running_phases()
    if request.GET.get("sort") == "name":
        found.rows.sort(key=lambda r: r.unit.name)
    page = page_of(request, found.rows, 60)
    here = wanted = queries.fill(list(page.object_list), moment)
    if family:
        wanted = [o for o in wanted if activities.get(o.activity).family == family]
    if phase:
        wanted = [o for o in wanted if _in_phase(o, phases, phase)]
    families = sorted({activities.get(o.activity).family for o in here})
    return render(request, "assessment/board.html", {
        "unit": unit, "board": found, "page": page, "obligations": wanted, "towns": list(units.towns(unit)), "phases": phases, "today": local_day(moment),
        "shares": queries.shares(unit.pk, moment), "families": [(f, activities.by_family()[f][0]) for f in families],
        "chosen": {"town": town, "kind": kind, "family": family, "phase": phase, "sort": request.GET.get("sort", "attention")},
        "stages": sorted({(u.stage, u.get_stage_display()) for u in campuses}),
    })  # fmt: skip


def _in_phase(obligation: plans.Obligation, phases: list[plans.Phase], chosen: str) -> bool:
    phase = next((p for p in phases if str(p.pk) == chosen), None)
    if phase is None or phase.starts is None or phase.ends is None:
        return phase is None
    return in_stage(
        obligation.start, obligation.due_on, phase.raw.get("span", ()), phase.starts, phase.ends
    )


@reads("board.see")
def month(request: HttpRequest) -> HttpResponse:
    unit = _unit(request, campus=True)
    moment = now()
    try:
        first = date.fromisoformat(request.GET.get("month", "") + "-01")
    except ValueError:
        first = local_day(moment).replace(day=1)
    if not 2000 <= first.year <= 2100:
        raise Invisible
    rows = queries.month(unit.pk, first, moment)
    following = (first + timedelta(days=32)).replace(day=1)
    return render(request, "assessment/month.html", {
        "unit": unit, "rows": rows, "first": first, "previous": (first - timedelta(days=1)).replace(day=1), "following": following,
        "days": [first + timedelta(days=i) for i in range((following - first).days)], "today": local_day(moment),
    })  # fmt: skip


@reads("board.see")
def cell(request: HttpRequest, unit_id: int, obligation_id: int, day: str) -> HttpResponse:
    moment = now()
    unit, binding = units.get(unit_id), plans.binding(unit_id, obligation_id)
    try:
        starts = date.fromisoformat(day)
    except ValueError:
        raise Invisible from None
    found = queries.one(unit_id, obligation_id, starts, moment)
    if not found:
        raise Invisible
    ends = max(found[0].ends, starts + timedelta(days=1))
    holding = found[0].obligation.measure in {"level", "share"}
    first = date(1970, 1, 1) if holding else starts
    facts = evidence.behind(unit_id, binding.activity, first, ends)
    return render(request, "assessment/cell.html", {
        "unit": unit, "binding": binding, "obligation": found[0].obligation, "cells": found, "facts": facts[-50:],
        "activity": activities.get(binding.activity), "others": plans.owed_by(unit_id, binding.activity),
    })  # fmt: skip


@public
async def live(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Server-sent events: says that verdicts changed, never which; the page then asks with its own rights."""
    user = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=403)
    # The stream lives for hours; the connection that looked up its reader must not.
    await sync_to_async(hub.release_connection)()
    response = StreamingHttpResponse(_events(_since(request)), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _since(request: HttpRequest) -> float:
    """When the page began to be made that listens now."""
    try:
        return float(request.GET.get("since", ""))
    except ValueError:
        return 0.0


async def _events(since: float) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    async for message in hub.hub.stream(since):
        if message is None:
            yield b": still here\n\n"
        elif message["topic"] in {"verdicts", "connected"}:
            yield b"event: verdicts\ndata: " + json.dumps({}).encode() + b"\n\n"
