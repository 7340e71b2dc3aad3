from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import DOCX, XLSX
from anyuan.kernel.http import asked_unit, reads, viewer_of, writes
from anyuan.kernel.pages import page_of, shown
from anyuan.kernel.scoping import Invisible
from anyuan.org.audit import services as audit
from anyuan.org.audit.views import Export, exports
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.proof import queries as proof

from . import queries
from .forms import LedgerForm
from .services import books, checkpoints, erasing, views_kept


@dataclass(frozen=True)
class LedgerPage:
    """The ledger of a unit and those below it, narrowed; what was wrong with the asking."""

    unit: Unit
    below: list[Unit]
    page: Page[Any]
    lines: list[queries.Line]
    form: LedgerForm
    error: str
    activities: list[activities.Activity]
    sources: list[tuple[str, str]]
    stretches: list[tuple[str, date, date]]  # that are often wanted: name, first and last day
    may_export: bool
    saved: list[Any]  # views that this person kept


@reads("fact.see")
def ledger(request: HttpRequest) -> HttpResponse:
    """What was recorded, newest first."""
    unit, today = _unit(request), local_day(now())
    form, error = LedgerForm(), ""
    try:
        form = LedgerForm.read(request.GET)
    except Refused as refused:
        error = str(refused)
    page = page_of(request, queries.ledger(unit, form))
    shown_page = LedgerPage(
        unit,
        list(units.below(unit)),
        page,
        queries.lines(list(page)),
        form,
        error,
        list(activities.catalogue().values()),
        queries.SOURCES,
        _stretches(today),
        viewer_of(request).may("report.see", unit.path),
        queries.saved_views(viewer_of(request)),
    )
    return render(request, "evidence/ledger.html", shown(shown_page))


@writes("fact.see")
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep how the ledger is narrowed under a name."""
    unit = units.mine(viewer_of(request), fields.key(request.POST, "unit"))
    try:
        form = LedgerForm.read(request.POST.dict())
        name = fields.words(request.POST, "name", _("Name"), 20, required=True)
        views_kept.keep(unit=unit, name=name, form=form, by=viewer_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('ledger')}?unit={unit.pk}")
    messages.success(request, _("Kept as “%(name)s”, for you alone.") % {"name": name})
    return redirect(f"{reverse('ledger')}?unit={unit.pk}&{form.address}")


@writes("fact.see")
def remove_view(request: HttpRequest, view_id: int) -> HttpResponse:
    views_kept.remove(view_id=view_id, by=viewer_of(request))
    messages.success(request, _("The view is taken away; no record is touched."))
    return redirect("ledger")


def _stretches(today: date) -> list[tuple[str, date, date]]:
    monday = today - timedelta(days=today.weekday())
    return [
        (_("today"), today, today),
        (_("This week"), monday, today),
        (_("This month"), today.replace(day=1), today),
    ]


@exports("report.see")
def ledger_file(request: HttpRequest, ending: str) -> Export:
    """The ledger as it is narrowed, as a workbook or a document."""
    unit = _unit(request)
    try:
        form = LedgerForm.read(request.GET)
    except Refused:
        raise Invisible from None
    kind, write = {"xlsx": (XLSX, books.xlsx), "docx": (DOCX, books.docx)}[ending]
    rows = list(queries.ledger(unit, form)[: books.MOST_ROWS[ending]])
    title = f"{unit.name}{_('Ledger')}"
    body = write(title, queries.lines(rows))
    return Export(body, kind, f"{title}.{ending}", unit.pk, len(rows), form.asked)


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


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
            fact=row,
            why=fields.words(request.POST, "why", _("Reason"), 200),
            by=viewer_of(request),
            at=now(),
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
            "latest": queries.last_checkpoint(),
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
            "latest": queries.last_checkpoint(),
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
