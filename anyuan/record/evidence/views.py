from __future__ import annotations

import json
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import number, reads, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import Invisible
from anyuan.org.audit import services as audit
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.proof import queries as proof

from . import queries
from .services import checkpoints, erasing


@reads("fact.see")
def ledger(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    rows = queries.ledger(unit)
    code = request.GET.get("activity", "")
    if code in activities.catalogue():
        rows = rows.filter(activity=code)
    page = page_of(request, rows)
    return render(
        request,
        "evidence/ledger.html",
        {
            "unit": unit,
            "page": page,
            "activity": code,
            "activities": activities.catalogue().values(),
            "known": activities.catalogue(),
        },
    )


def _unit(request: HttpRequest) -> Unit:
    if "unit" in request.GET:
        return units.mine(viewer_of(request), number(request.GET["unit"]))
    own = units.held_by(viewer_of(request))
    if not own:
        raise Invisible
    return own[0]


@reads("fact.see")
def fact(request: HttpRequest, fact_id: int) -> HttpResponse:
    row = queries.get(fact_id)
    versions = queries.corrections(row)
    return render(
        request,
        "evidence/fact.html",
        {
            "fact": row,
            "words": queries.words(row),
            "may_erase": viewer_of(request).may("personal.erase", row.unit.path),
            "activity": activities.get(row.activity),
            "versions": versions,
            "attachments": queries.attachments(row),
            "newest": versions[-1],
            "may_correct": (
                viewer_of(request).may("fact.correct", row.unit.path)
                and versions[-1].pk == row.pk
                and not row.withdrawn
            ),
        },
    )


@writes("personal.erase")
def erase(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Erase the words of a record that may name people."""
    row = queries.get(fact_id)
    try:
        erasing.erase(
            fact=row, why=request.POST.get("why", "").strip(), by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _(
                "The words that may name people are erased. What counts, and its place in the"
                " chain, stay."
            ),
        )
    return redirect("fact", row.pk)


@reads("fact.see")
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    row = queries.attachment(attachment_id)
    data = queries.content(row)
    if data is None:
        raise Invisible
    if not queries.is_as_recorded(row, data):
        # Never shown as a proof: it is not the file that was recorded.
        return render(request, "evidence/changed.html", {"file": row}, status=409)
    response = HttpResponse(data, content_type=row.content_type)
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(row.name)}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@reads("chain.see")
def chain(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "evidence/chain.html",
        {
            "heads": queries.heads(),
            "latest": queries.latest_checkpoint_day(),
            "key": checkpoints.public_key(),
        },
    )


MOST_FILES = 2000  # that a page reads while somebody waits; the command reads all


@writes("chain.see")
def verify(request: HttpRequest) -> HttpResponse:
    scope = {u.pk for unit in units.held_by(viewer_of(request)) for u in units.below(unit)}
    found = list(queries.breaks(sorted(scope)))
    kept = queries.files_kept(sorted(scope))
    changed_files = list(queries.files_amiss(sorted(scope))) if kept <= MOST_FILES else []
    problems: list[str] = []
    upload = request.FILES.get("checkpoint")
    if upload is not None:
        try:
            problems = checkpoints.check_checkpoint(json.loads(upload.read(5_000_000)), units=scope)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems = ["unreadable"]
    return render(
        request,
        "evidence/chain.html",
        {
            "heads": queries.heads(),
            "latest": queries.latest_checkpoint_day(),
            "key": checkpoints.public_key(),
            "checked": True,
            "breaks": found,
            "files": changed_files,
            "many_files": kept > MOST_FILES,
            "rows": list(proof.amiss_anywhere()) if units.sees_all(viewer_of(request)) else [],
            "problems": problems,
            "with_checkpoint": upload is not None,
        },
    )


@writes("chain.see")
def checkpoint(request: HttpRequest) -> HttpResponse:
    moment = now()
    scope = {u.pk for unit in units.held_by(viewer_of(request)) for u in units.below(unit)}
    body = checkpoints.checkpoint_of(scope, day=local_day(moment), at=moment)
    viewer = viewer_of(request)
    audit.record(
        "checkpoint.exported",
        by=viewer,
        at=moment,
        unit_id=viewer.home_unit_id,
        subject=body["day"],
        units=len(body["heads"]),
    )
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, indent=1), content_type="application/json"
    )
    response.headers["Content-Disposition"] = (
        f'attachment; filename="anyuan-checkpoint-{body["day"]}.json"'
    )
    return response
