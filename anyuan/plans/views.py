from __future__ import annotations

from datetime import date
from html import escape

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from anyuan.activities import rules as activities
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import reads, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.units import queries as units

from . import forms, queries, rules, services
from .queries import Obligation, Plan, PlanStatus, Review


@reads("plan.see")
def plans(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    own = [u for u in units.own(viewer) if viewer.may("plan.review", u.path)]
    return render(request, "plans/list.html", {"page": page_of(request, queries.visible()), "units": own})


@writes("plan.review")
def upload(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    file = request.FILES.get("file")
    pasted = request.POST.get("text", "").strip()
    try:
        unit = units.get(forms.parse_number(request.POST, "unit"))
        if file is None and not pasted:
            raise Refused(_("Please choose a file or paste the text of a plan."))
        name, data = (file.name or "plan", file.read()) if file is not None else (_("Pasted text"), pasted.encode())
        found = services.upload(unit=unit, name=name, data=data, by=viewer, at=now())
    except Refused as error:
        messages.error(request, str(error))
        return redirect("plans")
    if len(found) > 1:
        messages.success(request, _("%(n)d plans were found in the file.") % {"n": len(found)})
        return redirect("plans")
    return redirect("plan", found[0].pk)


@reads("plan.see")
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    found = queries.get(plan_id)
    viewer = viewer_of(request)
    duties = queries.duties(found)
    starts, ends = proposed_dates(found, local_day(now()))
    return render(request, "plans/review.html", {
        "plan": found, "duties": duties, "text": marked_text(found, duties), "phases": queries.phases(found),
        "open": rules.open_items(d.review for d in duties), "done": sum(1 for d in duties if d.review != Review.PROPOSED),
        "may_review": found.status == PlanStatus.DRAFT and viewer.may("plan.review", found.unit.path),
        "may_adopt": viewer.may("plan.adopt", found.unit.path), "starts": starts, "ends": ends, **_choices(),
    })  # fmt: skip


def _choices() -> dict[str, object]:
    return {"activities": activities.catalogue(), "periods": forms.PERIODS, "comparators": forms.COMPARATORS, "scopes": forms.SCOPES}


def proposed_dates(found: Plan, today: date) -> tuple[date | None, date | None]:
    """Dates to propose for adoption; a text that masks its year proposes none, so that the year is asked for."""
    if found.starts or found.needs_year:
        return found.starts, found.ends
    year = today.year if today.month >= 3 else today.year - 1
    return date(year, 3, 1), date(year + 1, 2, 1)


def marked_text(found: Plan, duties: list[Obligation]) -> SafeString:
    """The plan's text with the words of duties marked, and the unread sentences."""
    spans: dict[tuple[int, int], list[str]] = {}
    for d in duties:
        spans.setdefault((d.start, d.end), []).append(str(d.pk))
    marks = [(s, e, f'data-duties="{" ".join(ids)}"') for (s, e), ids in spans.items()]
    marks += [(s, e, 'class="unread"') for s, e, _text in found.unread]
    out, at = [], 0
    for start, end, attributes in sorted(marks):
        if start < at:
            continue
        out.append(escape(found.text[at:start]))
        out.append(f"<mark {attributes}>{escape(found.text[start:end])}</mark>")
        at = end
    out.append(escape(found.text[at:]))
    return mark_safe("".join(out))  # every piece was escaped above


@writes("plan.review")
def review(request: HttpRequest, duty_id: int) -> HttpResponse:
    verdict = {"accept": Review.ACCEPTED, "drop": Review.DROPPED, "reopen": Review.PROPOSED}.get(request.POST.get("do", ""), "")
    return _changed(request, duty_id, lambda version: services.review(
        obligation_id=duty_id, version=version, verdict=verdict, by=viewer_of(request), at=now()
    ))  # fmt: skip


@writes("plan.review")
def edit(request: HttpRequest, duty_id: int) -> HttpResponse:
    return _changed(request, duty_id, lambda version: services.edit(
        obligation_id=duty_id, version=version, changes=forms.parse_edit(request.POST.dict()), by=viewer_of(request), at=now()
    ))  # fmt: skip


def _changed(request: HttpRequest, duty_id: int, act: object) -> HttpResponse:
    """Do one thing to a duty and show it as it now is: a fragment for the page's island, else the page."""
    problem = ""
    try:
        duty = act(forms.parse_number(request.POST, "version"))  # type: ignore[operator]
    except Refused as error:
        problem = str(error)
        duty = queries.duty(duty_id)
    if not request.headers.get("HX-Request"):
        if problem:
            messages.error(request, problem)
        return redirect(f"/plans/{duty.plan_id}/#duty-{duty_id}")
    return render(request, "plans/duty.html", {"d": duty, "may_review": True, "problem": problem, **_choices()})


@writes("plan.review")
def split(request: HttpRequest, duty_id: int) -> HttpResponse:
    try:
        new = services.split(obligation_id=duty_id, by=viewer_of(request))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("plan", queries.duty(duty_id).plan_id)
    return redirect(f"/plans/{new.plan_id}/#duty-{new.pk}")


@writes("plan.review")
def add(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    try:
        new = services.add(
            plan_id=plan_id, start=forms.parse_number(request.POST, "start"), end=forms.parse_number(request.POST, "end"), by=viewer_of(request)
        )
    except Refused as error:
        messages.error(request, str(error))
        return redirect("plan", plan_id)
    return redirect(f"/plans/{plan_id}/#duty-{new.pk}")


@writes("plan.review")
def accept_rest(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    try:
        services.accept_rest(plan_id=plan_id, by=viewer_of(request), at=now())
    except Refused as error:
        messages.error(request, str(error))
    return redirect("plan", plan_id)


@writes("plan.adopt")
def adopt(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    try:
        done = services.adopt(
            plan_id=plan_id,
            starts=forms.parse_date(request.POST.get("starts", ""), _("Starts")),
            ends=forms.parse_date(request.POST.get("ends", ""), _("Ends")),
            signature=request.POST.get("signature", ""),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The plan is adopted: %(title)s.") % {"title": done.title})
    return redirect("plan", plan_id)


@writes("plan.adopt")
def retire(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    try:
        services.retire(plan_id=plan_id, by=viewer_of(request), at=now())
    except Refused as error:
        messages.error(request, str(error))
    return redirect("plan", plan_id)
