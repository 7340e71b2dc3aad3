from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook

from anyuan.activities import rules as activities
from anyuan.assessment import queries as assessment
from anyuan.audit import queries as audit
from anyuan.audit import services as audit_services
from anyuan.duties import queries as duties
from anyuan.evidence import api as evidence_api
from anyuan.evidence import queries as evidence
from anyuan.evidence.services import Upload
from anyuan.governance import queries as governance
from anyuan.kernel.clock import LOCAL, local_day, now
from anyuan.kernel.http import (
    command_id,
    number,
    public,
    reads,
    reads_and_writes,
    viewer_of,
    writes,
)
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import Invisible
from anyuan.kernel.templatetags.words import doubts
from anyuan.kernel.text import cleaned
from anyuan.patrols import queries as patrols
from anyuan.people import queries as people
from anyuan.plans import queries as plans
from anyuan.presence import queries as presence
from anyuan.rosters import queries as rosters
from anyuan.rosters.rules import EARLY
from anyuan.units import queries as units
from anyuan.units.queries import Unit

from . import rules


@reads(None)
def home(request: HttpRequest) -> HttpResponse:
    """Today: what is still missing, for a school or for an office above."""
    viewer = viewer_of(request)
    own = units.own(viewer)
    if not viewer.may("board.see") or not own:
        return render(
            request,
            "desk/nothing.html",
            {"operator": any(g.role == "operator" for g in viewer.grants)},
        )
    campuses = [u for u in own if u.is_campus]
    return (
        _school(request, campuses[0])
        if campuses and len(own) == len(campuses)
        else _office(request, own)
    )


def _school(request: HttpRequest, unit: Unit) -> HttpResponse:
    viewer, moment = viewer_of(request), now()
    roles = {g.role for g in viewer.grants}
    items = assessment.due_now([unit.pk], moment)
    counting = [i for i in items if i.yields_to is None]
    tally = Counter(i.verdict for i in counting)
    missing = [
        i
        for i in counting
        if i.verdict in {"short", "breached", "unknown"}
        or (i.verdict == "due" and not _later(i, moment))
    ]
    names, answering = duties.names([unit.pk]), duties.mine(viewer)
    named = {o for (_, o) in names}
    mine = [
        i
        for i in missing
        if (unit.pk, i.obligation.pk) in answering
        or rules.is_mine(i.obligation.holder, roles, named=i.obligation.pk in named)
    ]
    return render(request, "desk/school.html", {
        "unit": unit, "who": {o: name for (_, o), name in names.items()}, "deciding": duties.to_decide(viewer) if viewer.may("exemption.decide") else [], "glass": people.glass(viewer), "decisions": governance.mine(viewer), "letters": governance.my_letters(viewer), "coming": governance.coming([unit.pk], moment),
        "to_read": [s.rule for s in governance.library(unit, viewer) if s.mine], "tally": tally, "total": sum(tally.values()), "mine": mine, "others": [i for i in missing if i not in mine],
        "later": [i for i in counting if i.verdict == "due" and _later(i, moment)],
        "done": [i for i in counting if i.verdict in {"met", "declared"}], "activities": activities.catalogue(),
        "waiting": list(plans.awaiting_adoption()) if viewer.may("plan.adopt") else [], "phases": plans.running_phases(),
        "today": local_day(moment), "moment": moment, "may_record": viewer.may("fact.record"), **_on_duty([unit], viewer.person_id or 0, moment),
    })  # fmt: skip


def _later(item: assessment.Owed, moment: object) -> bool:
    """Due, but not this week: its window stays open for another eight days or more."""
    return item.ends - local_day(now()) > timedelta(days=8)


def _office(request: HttpRequest, own: list[Unit]) -> HttpResponse:
    viewer, moment = viewer_of(request), now()
    campuses = sorted({u for o in own for u in units.campuses(o)}, key=lambda u: u.path)
    board = assessment.board(campuses, moment)
    offices = [u for o in own for u in units.below(o) if not u.is_campus and u.kind != "city"]
    items = [
        i
        for i in assessment.due_now(sorted({u.pk for u in offices}), moment)
        if i.yields_to is None and i.verdict in {"due", "short", "breached", "unknown"}
    ]
    return render(request, "desk/office.html", {
        "own": own, "deciding": duties.to_decide(viewer) if viewer.may("exemption.decide") else [], "glass": people.glass(viewer), "decisions": governance.mine(viewer), "letters": governance.my_letters(viewer), "coming": governance.coming([o.pk for o in own], moment), "board": board, "attention": sum(1 for r in board.rows if r.attention), "worst": [r for r in board.rows if r.attention][:8], "items": items[:20],
        "names": {u.pk: u.name for u in offices}, "waiting": list(plans.awaiting_adoption()) if viewer.may("plan.adopt") else [],
        "drafts": [p for p in plans.visible() if p.status == "draft"] if viewer.may("plan.review") else [], "phases": plans.running_phases(),
        "today": local_day(moment), "activities": activities.catalogue(), "campuses": campuses, **_on_duty(own, viewer.person_id or 0, moment),
    })  # fmt: skip


def _on_duty(own: list[Unit], person_id: int, moment: datetime) -> dict[str, object]:
    """What the home page says of the roster: my shift, what I am asked, and stations nobody has come to."""
    return {
        "empty": presence.overview(own, moment), "missing": patrols.overview(own, moment), "my_shifts": rosters.of_person(person_id, moment, moment + timedelta(hours=16))[:2], "signs_from": moment + EARLY, "stand_in": rosters.requests_to(person_id, moment), "swaps": rosters.swaps_asked_of(person_id, moment),
        "doubtful": presence.doubtful_count([u.pk for u in own if u.is_campus], moment - timedelta(days=1)),
        "leaves_open": rosters.leaves_open([u.pk for u in own if u.is_campus]),
    }  # fmt: skip


@reads("fact.record")
def choose(request: HttpRequest) -> HttpResponse:
    """What to record: first what is due, then everything."""
    viewer, moment = viewer_of(request), now()
    mine = [u for u in units.own(viewer) if viewer.may("fact.record", u.path)]
    unit = _unit_of(request, mine)
    due = (
        [
            i
            for i in assessment.due_now([unit.pk], moment)
            if i.verdict in {"due", "short", "unknown"}
        ]
        if unit
        else []
    )
    kinds = [a for a in activities.catalogue().values() if a.code != "declaration"]
    below = [u for m in mine for u in units.below(m)]
    return render(request, "desk/choose.html", {
        "unit": unit, "units": below, "due": due[:12], "kinds": kinds, "activities": activities.catalogue(),
    })  # fmt: skip


def _unit_of(request: HttpRequest, mine: list[Unit]) -> Unit | None:
    if "unit" in request.GET or "unit" in request.POST:
        return units.get(number(request.GET.get("unit") or request.POST.get("unit", "")))
    return mine[0] if mine else None


@reads_and_writes("fact.record")
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one activity, made from its fields; sent as a command with its own id."""
    viewer, moment = viewer_of(request), now()
    try:
        activity = activities.get(code)
    except activities.UnknownActivity:
        raise Invisible from None
    unit = _unit_of(request, [u for u in units.own(viewer) if viewer.may("fact.record", u.path)])
    if unit is None:
        raise Invisible
    errors: dict[str, str] = {}
    values: dict[str, str] = {"occurred_at": moment.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M")}
    status = 200
    command: UUID = command_id(request) or uuid4()
    if request.method == "POST":
        values = request.POST.dict()
        uploads = [Upload(f.name or "file", f.read()) for f in request.FILES.getlist("files")]
        fields = {
            **{k: v for k, v in values.items() if k not in {"command", "csrfmiddlewaretoken"}},
            "activity": code,
            "uploads": uploads,
        }
        status, body = evidence_api.apply(viewer, command, "fact.record", fields, "", moment)
        if status == 200:
            messages.success(request, _("Received: %(name)s.") % {"name": activity.zh})
            return redirect("fact", body["result"]["fact"])
        errors = body["errors"] or {"": body["because"]}
        command = uuid4()
    obligation = plans.duty(number(o)) if (o := _text(request, "obligation")) else None
    return render(request, "desk/record.html", {
        "activity": activity, "unit": unit, "errors": errors, "values": values, "command": command, "obligation": obligation,
        "answers": _text(request, "answers"), "wants_files": any(f.type in {"photo", "file"} for f in activity.fields),
        "needs_file": any(f.type in {"photo", "file"} and f.required for f in activity.fields), "name": viewer.name,
    }, status=status)  # fmt: skip


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name) or request.POST.get(name, "")


@reads_and_writes("fact.correct")
def correct(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Correct or withdraw a record; the old one stays and is linked."""
    old = evidence.get(fact_id)
    activity = activities.get(old.activity)
    errors: dict[str, str] = {}
    values = {
        **{k: str(v) for k, v in evidence.words(old).said.items()},
        "occurred_at": old.occurred_at.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
    }
    command, status = command_id(request) or uuid4(), 200
    if request.method == "POST":
        values = request.POST.dict()
        fields = {k: v for k, v in values.items() if k not in {"command", "csrfmiddlewaretoken"}}
        status, body = evidence_api.apply(
            viewer_of(request), command, "fact.correct", {**fields, "fact": fact_id}, "", now()
        )
        if status == 200:
            messages.success(request, _("The correction is linked to the record it corrects."))
            return redirect("fact", body["result"]["fact"])
        errors = body["errors"] or {"": body["because"]}
        command = uuid4()
    return render(request, "desk/record.html", {
        "activity": activity, "unit": old.unit, "errors": errors, "values": values, "command": command, "correcting": old, "name": viewer_of(request).name,
    }, status=status)  # fmt: skip


# -- the field kit --------------------------------------------------------------------
# Scripts and a camera, and WebAssembly for phones whose browser reads no codes by itself.
FIELD_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self'; script-src 'self' 'wasm-unsafe-eval';"
    " connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)


@public
def field(request: HttpRequest) -> HttpResponse:
    """The shell of the field kit: the same for everybody, without a name in it, so that it can be kept on the phone."""
    response = render(
        request,
        "desk/field.html",
        {"words": rules.field_words(_) | {f"doubt_{k}": v for k, v in doubts().items()}},
    )
    response["Content-Security-Policy"] = FIELD_CSP
    return response


@public
def field_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the addresses of this version's files in it: another version is another worker."""
    files = [static(f"anyuan/{name}") for name in ("field.js", "field.css", "icon-192.png")]
    shell = reverse("field")
    version = hashlib.sha256(
        "|".join([*files, settings.VERSION, get_language() or ""]).encode()
    ).hexdigest()[:12]
    response = render(
        request,
        "desk/sw.js",
        {"files": json.dumps([shell, *files]), "shell": json.dumps(shell), "version": version},
        content_type="text/javascript",
    )
    response["Cache-Control"] = "no-cache"
    return response


@public
def field_manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {
            "src": static(f"anyuan/icon-{n}.png"),
            "sizes": f"{n}x{n}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for n in (192, 512)
    ]
    found = {
        "name": _("Anyuan in the field"),
        "short_name": _("Anyuan"),
        "start_url": reverse("field"),
        "scope": reverse("field"),
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5f63",
        "icons": icons,
    }
    return JsonResponse(found, content_type="application/manifest+json")


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


@reads("audit.see")
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who did what, and who read or exported what, in the units the viewer may see."""
    rows = audit.events(**_asked(request))
    page = page_of(request, rows)
    names = {u.pk: u.name for u in units.reach(viewer_of(request))}
    return render(
        request,
        "desk/audit.html",
        {"page": page, "names": names, "verbs": audit.verbs(), "asked": request.GET},
    )


@writes("audit.see")
def audit_export(request: HttpRequest) -> HttpResponse:
    """The same as a workbook; that it was exported is itself logged."""
    viewer = viewer_of(request)
    rows = list(audit.events(**_asked(request))[:20_000])
    names = {u.pk: u.name for u in units.reach(viewer)}
    audit_services.record(
        "audit.exported",
        by=viewer,
        at=now(),
        unit_id=viewer.grants[0].unit_id,
        subject=f"{len(rows)}",
        rows=len(rows),
    )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("audit")
    sheet.append(["at", "person", "verb", "unit", "subject", "data"])
    for e in rows:
        sheet.append(
            [
                e.at.astimezone(LOCAL).replace(tzinfo=None),
                e.person_name,
                e.verb,
                names.get(e.unit_id or 0, ""),
                cleaned(e.subject),
                json.dumps(e.data, ensure_ascii=False),
            ]
        )
    out = BytesIO()
    book.save(out)
    response = HttpResponse(
        out.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = 'attachment; filename="audit.xlsx"'
    return response


def _asked(request: HttpRequest) -> dict[str, str]:
    asked = request.GET if request.method == "GET" else request.POST
    return {k: asked.get(k, "")[:40] for k in ("verb", "who", "first", "last")}
