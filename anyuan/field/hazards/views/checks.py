"""Inspections by checklist, and the lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import XLSX
from anyuan.kernel.http import (
    act_and_return,
    asked_unit,
    command_id,
    reads,
    reads_and_writes,
    viewer_of,
    writes,
)
from anyuan.kernel.pages import page_of
from anyuan.org.audit.views import Export, exports
from anyuan.org.units import queries as units
from anyuan.org.units.queries import PlaceKind, Unit
from anyuan.record.evidence.services.files import Upload

from .. import forms
from ..queries import checklists as queries
from ..rules.checklists import ABSENT, NO
from ..services import books, inspecting
from .hazards import campus_asked


@reads("fact.see")
def checks(request: HttpRequest) -> HttpResponse:
    """Where is to be looked, those longest not walked first, and what was found last."""
    viewer, unit, today = viewer_of(request), campus_asked(request), local_day(now())
    return render(
        request,
        "hazards/checks.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer) if u.is_inspected],
            "stops": queries.stops(unit, today),
            "page": page_of(request, queries.newest(unit), 20),
            "may_walk": viewer.may("fact.record", unit.path),
            "may_write": viewer.may("hazard.assign", unit.path),
        },
    )


@reads_and_writes("fact.record")
def walk(request: HttpRequest, listed_key: str) -> HttpResponse:
    """One place by one list, item by item."""
    unit = campus_asked(request)
    listed = queries.get(unit, listed_key)
    command = command_id(request) or uuid4()
    if request.method != "POST":
        return _walk(request, unit, listed, command)
    try:
        given = _given(request, listed)
        done = inspecting.walk(
            key=command, unit=unit, given=given, by=viewer_of(request), done_at=now(), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _walk(request, unit, listed, command, status=400)
    messages.success(request, _found_words(sum(a["answer"] == NO for a in done.answers)))
    return redirect("inspection", done.pk)


def _given(request: HttpRequest, listed: queries.Listed) -> inspecting.Walk:
    """:raises Refused: an item is open, or no place is said."""
    sent, version = request.POST, fields.key(request.POST, "version")
    count = len(queries.items_of(listed, version) or listed.items)
    whole = fields.ticked(sent, "whole")
    if whole and any(sent.get(f"a{n}") in {NO, ABSENT} for n in range(count)):
        raise Refused(_("An item is marked as wrong or not here. Please untick “all in order”."))
    return inspecting.Walk(
        listed=listed,
        version=version,
        place=fields.words(sent, "place", _("Where"), 80, required=True),
        answers=inspecting.all_yes(listed.items) if whole else forms.answers(sent, count),
        whole=whole,
        photos=_photos(request, count),
    )


def _walk(
    request: HttpRequest, unit: Unit, listed: queries.Listed, command: UUID, *, status: int = 200
) -> HttpResponse:
    """The form of a walk; after something was refused, with what was answered."""
    typed = request.POST
    asked = typed if request.method == "POST" else request.GET
    # What was answered stands beside the items it was said of, though the list has changed.
    version = fields.key(typed, "version") if typed else listed.version
    items = queries.items_of(listed, version) or listed.items
    return render(
        request,
        "hazards/walk.html",
        {
            "unit": unit,
            "listed": listed,
            "version": version,
            "rows": [_row(typed, number, item) for number, item in enumerate(items)],
            "place": fields.sought(asked, "place", 80),
            "places": [p for p in units.places(unit) if p.kind in listed.kinds],
            "command": command,
        },
        status=status,
    )


def _found_words(wrong: int) -> str:
    if not wrong:
        return _("Kept. Nothing was found.")
    return ngettext(
        "Kept. %(n)d hazard was found; the office is told.",
        "Kept. %(n)d hazards were found; the office is told.",
        wrong,
    ) % {"n": wrong}


def _row(typed: Any, number: int, item: Any) -> dict[str, Any]:
    """An item as the form shows it, with what was answered before something was refused."""
    answer, note = typed.get(f"a{number}", ""), typed.get(f"n{number}", "")
    return {"number": number, "item": item, "answer": answer, "note": note}


def _photos(request: HttpRequest, count: int) -> dict[int, list[Upload]]:
    return {
        number: [Upload(f.name or "photo", f.read()) for f in files]
        for number in range(count)
        if (files := request.FILES.getlist(f"p{number}"))
    }


@reads("fact.see")
def inspection(request: HttpRequest, inspection_id: int) -> HttpResponse:
    found = queries.inspection(inspection_id)
    return render(request, "hazards/inspection.html", {"inspection": found})


@reads("fact.see")
def lists(request: HttpRequest) -> HttpResponse:
    return _lists(request, units.chosen(viewer_of(request), asked_unit(request)))


def _lists(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    """The lists a unit may walk; those of its own can be changed."""
    viewer = viewer_of(request)
    found = queries.lists(unit)
    chosen = fields.sought(request.GET, "edit")
    editing = next((listed for listed in found if listed.key == chosen), None)
    return render(
        request,
        "hazards/lists.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer),
            "lists": found,
            "filled": _filled(request, editing),
            "is_open": editing is not None or request.method == "POST",
            "kinds": PlaceKind.choices,
            "seasons": queries.Season.choices,
            "may_write": viewer.may("hazard.assign", unit.path),
        },
        status=status,
    )


def _filled(request: HttpRequest, editing: queries.Listed | None) -> dict[str, Any]:
    """What the form of a list holds: what was typed, else the list that is being changed."""
    typed = request.POST
    if request.method == "POST":
        return {**typed.dict(), "kinds": typed.getlist("kinds")}
    if editing is None:
        return {}
    return {
        "name": editing.name,
        "season": editing.season,
        "whole": editing.whole,
        "kinds": editing.kinds,
        "items": editing.lines,
    }


@writes("hazard.assign")
def write_list(request: HttpRequest) -> HttpResponse:
    unit = units.chosen(viewer_of(request), asked_unit(request))
    try:
        row = inspecting.write(
            unit=unit,
            given=forms.ChecklistForm.read(request.POST, request.FILES.get("book")),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _lists(request, unit, status=400)
    messages.success(
        request,
        _("“%(name)s” is kept; %(unit)s and the schools below walk by it from now on.")
        % {"name": row.name, "unit": unit.name},
    )
    return redirect(f"{reverse('checklists')}?unit={unit.pk}")


@exports("fact.see")
def list_xlsx(request: HttpRequest, listed_key: str) -> Export:
    """A list as a workbook, to be changed there and taken in again."""
    unit = units.chosen(viewer_of(request), asked_unit(request))
    listed = queries.get(unit, listed_key)
    body = books.checklist_xlsx([item.text for item in listed.items])
    return Export(body, XLSX, f"{listed.name}.xlsx", unit.pk, len(listed.items))


@writes("hazard.assign")
def close_list(request: HttpRequest, checklist_id: int) -> HttpResponse:
    row = queries.row(checklist_id)
    return act_and_return(
        request,
        lambda: inspecting.close(checklist_id=checklist_id, by=viewer_of(request), at=now()),
        f"{reverse('checklists')}?unit={row.unit_id}",
        lambda r: _("“%(name)s” is out of use; what was walked by it stays.") % {"name": r.name},
    )
