from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.judging.assessment.queries import cells
from anyuan.kernel import finding, manifest
from anyuan.kernel import forms as fields
from anyuan.kernel.clock import LOCAL, now
from anyuan.kernel.http import (
    asked_unit,
    command_id,
    number,
    public,
    reads,
    reads_and_writes,
    viewer_of,
)
from anyuan.kernel.pages import shown
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.obligations.plans import queries as plans
from anyuan.org.messages import queries as inboxes
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.evidence import api as evidence_api
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.services.files import Upload

from .queries import everything, walls
from .queries import guide as guides
from .queries import home as home_queries


@reads(None)
def home(request: HttpRequest) -> HttpResponse:
    """Today: what is still missing, for a school or for an office above."""
    viewer = viewer_of(request)
    if _is_in_the_field(request, viewer):
        return redirect("field")
    own = _own_units(viewer)
    if not own:
        operator = any(g.role == "operator" for g in viewer.grants)
        return render(request, "desk/nothing.html", {"operator": operator})
    return render(request, "desk/home.html", {"home": home_queries.home(viewer, own, now())})


@reads(None)
def search(request: HttpRequest) -> HttpResponse:
    """Whatever is called so, in every room, by kinds."""
    text = finding.asked(fields.sought(request.GET, "q", 200))
    found = everything.found(viewer_of(request), text) if text else []
    return render(request, "desk/search.html", {"text": text, "found": found})


@reads(None)
def guide(request: HttpRequest) -> HttpResponse:
    """The users' guide, part by part."""
    return render(request, "desk/help.html", {"sections": guides.sections()})


@reads("roster.see")
def wall(request: HttpRequest) -> HttpResponse:
    """A screen read from across the room: of a school who is there, of an office its schools."""
    viewer, moment = viewer_of(request), now()
    unit = units.chosen(viewer, asked_unit(request))
    viewer.require("board.see", unit.path)
    if unit.is_campus:
        page: object = walls.school_wall(viewer, unit, moment)
        return render(request, "desk/wall_school.html", {"wall": page, "unit": unit})
    page = walls.office_wall(viewer, unit, moment)
    return render(request, "desk/wall_office.html", {"wall": page, "unit": unit})


FIELD_ROLES = frozenset({"guard", "teacher"})


def _is_in_the_field(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether a guard or a teacher on duty opens the program anew on a phone: by its bare address
    or after signing in. Whoever comes from a page of it, the field kit too, wants this page.
    """
    came_from = request.headers.get("Referer", "")
    is_on_the_way = bool(came_from) and "/sign-in/" not in came_from
    is_phone = "Mobile" in request.headers.get("User-Agent", "")
    roles = {g.role for g in viewer.grants}
    return is_phone and not is_on_the_way and bool(roles) and roles <= FIELD_ROLES


@reads(None)
def waiting(request: HttpRequest) -> JsonResponse:
    """The numbers on the badges: what waits for somebody, and what was said to them."""
    viewer = viewer_of(request)
    own = _own_units(viewer)
    waits = home_queries.waiting(viewer, own, now()) if own else 0
    return JsonResponse({"waiting": waits, "came": inboxes.unseen(viewer)})


def _own_units(viewer: Viewer) -> list[Unit]:
    """The units a home page is about: the one school of whoever works at schools alone, else all
    that are one's own; none for whoever sees no board.
    """
    own = units.held_by(viewer) if viewer.may("board.see") else []
    return own[:1] if all(u.is_campus for u in own) else own


@reads("fact.record")
def choose(request: HttpRequest) -> HttpResponse:
    """What to record: first what is due, then everything."""
    viewer, moment = viewer_of(request), now()
    mine = [u for u in units.held_by(viewer) if viewer.may("fact.record", u.path)]
    unit = _unit_of(request, mine)
    due = (
        [
            i
            for i in cells.due_now([unit.pk], moment)
            if i.verdict in {"due", "short", "unknown"} and not i.is_declared
        ]
        if unit
        else []
    )
    own = {"declaration", *manifest.own_activities()}
    kinds = [a for a in activities.catalogue().values() if a.code not in own]
    below = [u for m in mine for u in units.below(m)]
    return render(
        request,
        "desk/choose.html",
        {
            "unit": unit,
            "units": below,
            "due": due[:12],
            "kinds": kinds,
            "activities": activities.catalogue(),
        },
    )


def _unit_of(request: HttpRequest, mine: list[Unit]) -> Unit | None:
    if asked := asked_unit(request):
        return units.get(number(asked))
    return mine[0] if mine else None


@reads_and_writes("fact.record")
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one activity, made from its fields; sent as a command with its own id."""
    viewer, moment = viewer_of(request), now()
    try:
        activity = activities.get(code)
    except activities.UnknownActivity:
        raise Invisible from None
    if page_of_its_own := manifest.own_activities().get(code):
        messages.info(request, _("This is recorded by itself when the work is done here."))
        return redirect(page_of_its_own)
    mine = [u for u in units.held_by(viewer) if viewer.may("fact.record", u.path)]
    unit = _unit_of(request, mine)
    if unit is None:
        raise Invisible
    obligation = _text(request, "obligation")
    duty = plans.duty(number(obligation)) if obligation else None
    page = RecordPage(
        activity,
        unit,
        viewer.name,
        obligation=duty,
        answers=_text(request, "answers"),
        values={"occurred_at": moment.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M")},
        just=evidence.just_recorded(
            viewer.person_id, unit.pk, activity.code, duty.pk if duty else None, moment
        ),
    )
    if request.method != "POST":
        return render(request, "desk/record.html", {"page": page, **shown(page)})
    sent = _sent(request) | {"activity": code, "uploads": _uploads(request)}
    command = command_id(request) or uuid4()
    if page.just and page.just.command != command and _text(request, "just") != str(page.just.pk):
        # What was recorded a moment ago did not stand on the form that was sent: asked once.
        page = replace(page, values=request.POST.dict(), command=command)
        return render(request, "desk/record.html", {"page": page, **shown(page)})
    status, body = evidence_api.apply(viewer, command, "fact.record", sent, "", moment)
    if status == 200:
        messages.success(request, _("Received: %(name)s.") % {"name": activity.zh})
        return redirect("fact", body["result"]["fact"])
    page = replace(page, values=request.POST.dict(), errors=_errors(body))
    return render(request, "desk/record.html", {"page": page, **shown(page)}, status=status)


@dataclass(frozen=True)
class RecordPage:
    """The form of an activity: what was typed by field, and what is wrong with it."""

    activity: activities.Activity
    unit: Unit
    name: str  # of whoever records
    values: dict[str, str]
    obligation: plans.Obligation | None = None
    answers: str = ""
    correcting: evidence.Fact | None = None
    errors: dict[str, str] = field(default_factory=dict)
    just: evidence.Fact | None = None  # the same, recorded a moment ago by the same person
    command: UUID = field(default_factory=uuid4)

    @property
    def files(self) -> list[activities.Field]:
        return [f for f in self.activity.fields if f.type in {"photo", "file"}]

    @property
    def wants_files(self) -> bool:
        return bool(self.files) and self.correcting is None

    @property
    def needs_file(self) -> bool:
        return any(f.required for f in self.files)


def _sent(request: HttpRequest) -> dict[str, Any]:
    own = {"command", "csrfmiddlewaretoken", "just"}
    return {k: v for k, v in request.POST.dict().items() if k not in own}


def _uploads(request: HttpRequest) -> list[Upload]:
    return [Upload(f.name or "file", f.read()) for f in request.FILES.getlist("files")]


def _errors(answer: dict[str, Any]) -> dict[str, str]:
    return answer["errors"] or {"": answer["because"]}


def _text(request: HttpRequest, name: str) -> str:
    return fields.sought(request.GET, name) or fields.sought(request.POST, name)


@reads_and_writes("fact.correct")
def correct(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Correct or withdraw a record; the old one stays and is linked."""
    old, viewer = evidence.get(fact_id), viewer_of(request)
    said = {k: str(v) for k, v in evidence.words(old).said.items()}
    at = old.occurred_at.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M")
    activity = activities.get(old.activity)
    page = RecordPage(
        activity, old.unit, viewer.name, values={**said, "occurred_at": at}, correcting=old
    )
    if request.method != "POST":
        return render(request, "desk/record.html", {"page": page, **shown(page)})
    sent = _sent(request) | {"fact": fact_id}
    command = command_id(request) or uuid4()
    status, body = evidence_api.apply(viewer, command, "fact.correct", sent, "", now())
    if status == 200:
        messages.success(request, _("The correction is linked to the record it corrects."))
        return redirect("fact", body["result"]["fact"])
    page = replace(page, values=request.POST.dict(), errors=_errors(body))
    return render(request, "desk/record.html", {"page": page, **shown(page)}, status=status)


@public
def health(request: HttpRequest) -> JsonResponse:
    """Whether the database answers; nothing else is told."""
    from django.db import OperationalError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return JsonResponse({"ok": False}, status=503)
    return JsonResponse({"ok": True})
