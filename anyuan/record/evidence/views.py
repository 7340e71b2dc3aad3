from __future__ import annotations

import json
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.activities import rules as activities
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import number, reads, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import Invisible
from anyuan.units import queries as units
from anyuan.units.queries import Unit

from . import queries, services


@reads("fact.see")
def ledger(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    rows = queries.ledger(unit)
    code = request.GET.get("activity", "")
    if code in activities.catalogue():
        rows = rows.filter(activity=code)
    page = page_of(request, rows)
    return render(request, "evidence/ledger.html", {
        "unit": unit, "page": page, "activity": code, "activities": activities.catalogue().values(), "known": activities.catalogue(),
    })  # fmt: skip


def _unit(request: HttpRequest) -> Unit:
    if "unit" in request.GET:
        return units.mine(viewer_of(request), number(request.GET["unit"]))
    own = units.own(viewer_of(request))
    if not own:
        raise Invisible
    return own[0]


@reads("fact.see")
def fact(request: HttpRequest, fact_id: int) -> HttpResponse:
    row = queries.get(fact_id)
    versions = queries.corrections(row)
    return render(request, "evidence/fact.html", {
        "fact": row, "words": queries.words(row), "may_erase": viewer_of(request).may("personal.erase", row.unit.path), "activity": activities.get(row.activity), "versions": versions, "attachments": queries.attachments(row),
        "newest": versions[-1], "may_correct": viewer_of(request).may("fact.correct", row.unit.path) and versions[-1].pk == row.pk and not row.withdrawn,
    })  # fmt: skip


@writes("personal.erase")
def erase(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Erase the words of a record that may name people."""
    row = queries.get(fact_id)
    try:
        services.erase(
            fact=row, why=request.POST.get("why", "").strip(), by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _(
                "The words that may name people are erased. What counts, and its place in the chain, stay."
            ),
        )
    return redirect("fact", row.pk)


@reads("fact.see")
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    row = queries.attachment(attachment_id)
    path = services.attachment_path(row.digest)
    if not path.exists():
        raise Invisible
    response = HttpResponse(path.read_bytes(), content_type=row.content_type)
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
            "key": services.public_key(),
        },
    )


@writes("chain.see")
def verify(request: HttpRequest) -> HttpResponse:
    scope = {u.pk for unit in units.own(viewer_of(request)) for u in units.below(unit)}
    found = list(queries.breaks(sorted(scope)))
    problems: list[str] = []
    upload = request.FILES.get("checkpoint")
    if upload is not None:
        try:
            problems = services.check_checkpoint(json.loads(upload.read(5_000_000)), units=scope)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems = ["unreadable"]
    return render(request, "evidence/chain.html", {
        "heads": queries.heads(), "latest": queries.latest_checkpoint_day(), "key": services.public_key(), "checked": True,
        "breaks": found, "problems": problems, "with_checkpoint": upload is not None,
    })  # fmt: skip


@writes("chain.see")
def checkpoint(request: HttpRequest) -> HttpResponse:
    moment = now()
    scope = {u.pk for unit in units.own(viewer_of(request)) for u in units.below(unit)}
    body = services.checkpoint_of(scope, day=local_day(moment), at=moment)
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, indent=1), content_type="application/json"
    )
    response.headers["Content-Disposition"] = (
        f'attachment; filename="anyuan-checkpoint-{body["day"]}.json"'
    )
    return response
