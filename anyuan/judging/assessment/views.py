from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import uuid4, uuid5

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import live as hub
from anyuan.kernel.clock import LOCAL, local_day, now
from anyuan.kernel.http import asked_unit, command_id, public, reads, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import Invisible
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.rules.dates import in_stage
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.evidence import api as evidence_api
from anyuan.record.evidence import queries as evidence

from .forms import BoardForm, DeclareForm, month_asked
from .queries import boards, cells, months
from .queries import stages as stages_queries
from .queries import trends as trends_queries


def _unit(request: HttpRequest, *, campus: bool) -> Unit:
    """The unit the address names, else the viewer's own first one of that sort."""
    if asked := asked_unit(request):
        return units.chosen(viewer_of(request), asked)
    own = units.held_by(viewer_of(request))
    fitting = [u for u in own if u.is_campus == campus] or own
    if not fitting:
        raise Invisible
    if campus and not fitting[0].is_campus:
        return units.campuses(fitting[0]).first() or fitting[0]
    return fitting[0]


@reads("board.see")
def worst(request: HttpRequest, unit_id: int, obligation_id: int) -> HttpResponse:
    """From a square of the board to the very day that it speaks of."""
    unit = units.mine(viewer_of(request), unit_id)
    found = cells.worst_of_week(unit.pk, obligation_id, now())
    if found is None:
        raise Invisible
    return redirect("cell", unit.pk, obligation_id, found.starts)


@reads("board.see")
def trends(request: HttpRequest) -> HttpResponse:
    """Month by month, and the last thirty days against those before."""
    unit = _unit(request, campus=False)
    below = [u for u in units.below(unit) if u.parent_id == unit.pk][:40]
    return render(
        request,
        "assessment/trends.html",
        {"unit": unit, "trends": trends_queries.trends(unit, now()), "below": below},
    )


@reads("board.see")
def stages(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The stages of a campaign: their tasks, how far they are, what lags."""
    plan = plans.get(plan_id)
    found = stages_queries.stages(plan, now())
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
    """Many schools over a week: what needs attention first."""
    unit, moment = _unit(request, campus=False), now()
    form = BoardForm.read(request.GET)
    campuses = list(units.campuses(unit))
    found = boards.board([u for u in campuses if form.names(u)], moment)
    if form.sort == "name":
        found.rows.sort(key=lambda r: r.unit.name)
    page = page_of(request, found.rows, 60)
    here = boards.fill(list(page.object_list), moment)
    phases = plans.running_phases()
    duties = _worst_first(_wanted(here, form, phases), list(page.object_list))
    boards.lay_out(list(page.object_list), duties)
    return render(
        request,
        "assessment/board.html",
        {
            "unit": unit,
            "board": found,
            "page": page,
            "obligations": duties,
            "declares": any(row.to_declare for row in page.object_list),
            "choices": _choices(unit, campuses, here, phases),
            "today": local_day(moment),
            "shares": cells.shares(unit.pk, moment),
            "chosen": form,
        },
    )


def _worst_first(
    duties: list[plans.Obligation], rows: list[boards.BoardRow]
) -> list[plans.Obligation]:
    """Duties that need attention at most schools first, the others as the plans have them."""
    short = Counter(
        duty
        for row in rows
        for duty, verdict in row.squares.items()
        if cells.RANK[verdict] <= cells.RANK["unknown"]
    )
    return sorted(duties, key=lambda o: -short[o.pk])


def _wanted(
    here: list[plans.Obligation], form: BoardForm, phases: list[plans.Phase]
) -> list[plans.Obligation]:
    found = here
    if form.family:
        found = [o for o in found if activities.get(o.activity).family == form.family]
    if form.phase:
        found = [o for o in found if _in_phase(o, phases, form.phase)]
    return found


def _in_phase(duty: plans.Obligation, phases: list[plans.Phase], chosen: str) -> bool:
    phase = next((p for p in phases if str(p.pk) == chosen), None)
    if phase is None or phase.starts is None or phase.ends is None:
        return phase is None
    return in_stage(duty.start, duty.due_on, phase.raw.get("span", ()), phase.starts, phase.ends)


def _choices(
    unit: Unit, campuses: list[Unit], here: list[plans.Obligation], phases: list[plans.Phase]
) -> dict[str, object]:
    """What the board can be narrowed to."""
    families = sorted({activities.get(o.activity).family for o in here})
    return {
        "towns": list(units.towns(unit)),
        "stages": sorted({(u.stage, u.get_stage_display()) for u in campuses}),
        "families": [(f, activities.by_family()[f][0]) for f in families],
        "phases": phases,
    }


@reads("board.see")
def month(request: HttpRequest) -> HttpResponse:
    unit = _unit(request, campus=True)
    moment = now()
    first = month_asked(request.GET, local_day(moment))
    following = (first + timedelta(days=32)).replace(day=1)
    days = [first + timedelta(days=i) for i in range((following - first).days)]
    rows = months.month(unit.pk, days, moment)
    declared = [row for row in rows if row.is_declared]
    return render(
        request,
        "assessment/month.html",
        {
            "unit": unit,
            "rows": [row for row in rows if not row.is_declared],
            "declared": declared,
            "said": sum(1 for row in declared if row.is_said),
            "first": first,
            "previous": (first - timedelta(days=1)).replace(day=1),
            "following": following,
            "days": days,
            "weeks": months.weeks_of(days),
            "today": local_day(moment),
        },
    )


@reads("board.see")
def cell(request: HttpRequest, unit_id: int, obligation_id: int, day: str) -> HttpResponse:
    moment = now()
    unit, binding = units.get(unit_id), plans.binding(unit_id, obligation_id)
    try:
        starts = date.fromisoformat(day)
    except ValueError:
        raise Invisible from None
    found = cells.one(unit_id, obligation_id, starts, moment)
    if not found:
        raise Invisible
    ends = max(found[0].ends, starts + timedelta(days=1))
    holding = found[0].obligation.measure in {"level", "share"}
    first = date(1970, 1, 1) if holding else starts
    facts = evidence.behind(unit_id, binding.activity, first, ends)
    return render(
        request,
        "assessment/cell.html",
        {
            "unit": unit,
            "binding": binding,
            "obligation": found[0].obligation,
            "cells": found,
            "facts": facts[-50:],
            "activity": activities.get(binding.activity),
            "others": plans.owed_by(unit_id, binding.activity),
        },
    )


@writes("fact.record")
def declare(request: HttpRequest) -> HttpResponse:
    """Several duties are declared in one act, each as a record of its own; sent twice, once."""
    viewer, moment = viewer_of(request), now()
    act = command_id(request) or uuid4()
    form = DeclareForm.read(request.POST)
    if not form.duties:
        messages.error(request, _("Nothing was ticked. Tick what is so, then say it."))
        return redirect("/#declare")
    done, refused = 0, ""
    for unit_id, obligation_id in form.duties:
        sent = {
            "unit": unit_id,
            "obligation": obligation_id,
            "activity": "declaration",
            "result": form.result,
            "occurred_at": moment.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
            "uploads": [],
        }
        command = uuid5(act, f"{unit_id}-{obligation_id}")
        status, body = evidence_api.apply(viewer, command, "fact.record", sent, "", moment)
        done += status == 200
        refused = (
            refused
            if status == 200
            else "；".join((body["errors"] or {"": body["because"]}).values())
        )
    if done:
        messages.success(request, _("%(n)d declarations were received.") % {"n": done})
    if refused:
        messages.error(request, refused)
    return redirect("/#declare")


@public
async def live(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Server-sent events: says that verdicts changed, never which; the page then asks with its own
    rights.
    """
    user = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=403)
    # The stream lives for long; the connection that looked up its reader must not.
    await sync_to_async(hub.release_connection)()
    try:
        queue = hub.hub.open(user.pk, _since(request))
    except hub.Full:
        # Any other answer would make the browser give up.
        response: HttpResponse | StreamingHttpResponse = HttpResponse(
            f"retry: {LATER}\n\n", content_type="text/event-stream"
        )
    else:
        response = StreamingHttpResponse(_events(queue), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


LATER = 60_000  # milliseconds after which a page asks again where there are too many streams


def _since(request: HttpRequest) -> float:
    """When the page began to be made that listens now."""
    try:
        return float(request.GET["since"])
    except (KeyError, ValueError):
        return 0.0


async def _events(queue: hub.Queue) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    async for message in hub.hub.read(queue):
        if message is None:
            yield b": still here\n\n"
        elif message["topic"] in {"verdicts", "connected"}:
            yield b"event: verdicts\ndata: " + json.dumps({}).encode() + b"\n\n"
