from __future__ import annotations

import json
from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from openpyxl import Workbook

from anyuan.kernel.clock import LOCAL, now
from anyuan.kernel.exports import XLSX, download, harmless_row
from anyuan.kernel.http import reads, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.org.audit import queries as audit
from anyuan.org.audit import services as audit_services
from anyuan.org.units import queries as units


@reads("audit.see")
def events(request: HttpRequest) -> HttpResponse:
    """Who did what, and who read or exported what, in the units the viewer may see."""
    rows = audit.events(**_asked(request))
    page = page_of(request, rows)
    names = {u.pk: u.name for u in units.visible_below(viewer_of(request))}
    return render(
        request,
        "audit_log/events.html",
        {"page": page, "names": names, "verbs": audit.verbs(), "asked": request.GET},
    )


@writes("audit.see")
def export(request: HttpRequest) -> HttpResponse:
    """The same as a workbook; that it was exported is itself logged."""
    viewer = viewer_of(request)
    rows = list(audit.events(**_asked(request))[:20_000])
    names = {u.pk: u.name for u in units.visible_below(viewer)}
    audit_services.record(
        "audit.exported",
        by=viewer,
        at=now(),
        unit_id=viewer.grants[0].unit_id,
        subject=f"{len(rows)}",
        rows=len(rows),
        asked={k: v for k, v in _asked(request).items() if v},
    )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("audit")
    sheet.append(["at", "person", "verb", "unit", "subject", "data"])
    for e in rows:
        sheet.append(
            harmless_row(
                [
                    e.at.astimezone(LOCAL).replace(tzinfo=None),
                    e.person_name,
                    e.verb,
                    names.get(e.unit_id or 0, ""),
                    e.subject,
                    json.dumps(e.data, ensure_ascii=False),
                ]
            )
        )
    out = BytesIO()
    book.save(out)
    return download(out.getvalue(), XLSX, "audit.xlsx")


def _asked(request: HttpRequest) -> dict[str, str]:
    asked = request.GET if request.method == "GET" else request.POST
    return {k: asked.get(k, "")[:40] for k in ("verb", "who", "first", "last")}
