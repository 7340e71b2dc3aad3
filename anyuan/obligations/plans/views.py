from __future__ import annotations

from datetime import date, timedelta
from html import escape

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from anyuan.activities import rules as activities
from anyuan.kernel import scanning
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, number, reads, reads_and_writes, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.units import queries as units
from anyuan.units import rules as calendar_rules
from anyuan.units import services as units_services
from anyuan.units.queries import Unit

from . import forms, queries, rules, services
from .queries import Obligation, Plan, PlanStatus, Review


@reads("plan.see")
def plans(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    own = [u for u in units.own(viewer) if viewer.may("plan.review", u.path)]
    return render(
        request, "plans/list.html", {"page": page_of(request, queries.visible()), "units": own}
    )


@writes("plan.review")
def upload(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    file = request.FILES.get("file")
    pasted = request.POST.get("text", "").strip()
    try:
        unit = units.get(forms.parse_number(request.POST, "unit"))
        if file is None and not pasted:
            raise Refused(_("Please choose a file or paste the text of a plan."))
        name, data = (
            (file.name or "plan", file.read())
            if file is not None
            else (_("Pasted text"), pasted.encode())
        )
        scanning.scan(name, data)
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
        "may_adopt": viewer.may("plan.adopt", found.unit.path), "replaceable": queries.replaceable(found) if found.status == PlanStatus.DRAFT else [], "starts": starts, "ends": ends, **_choices(),
    })  # fmt: skip


def _choices() -> dict[str, object]:
    return {
        "activities": activities.catalogue(),
        "periods": forms.PERIODS,
        "comparators": forms.COMPARATORS,
        "scopes": forms.SCOPES,
    }


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
    verdict = {"accept": Review.ACCEPTED, "drop": Review.DROPPED, "reopen": Review.PROPOSED}.get(
        request.POST.get("do", ""), ""
    )
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
    return render(
        request,
        "plans/duty.html",
        {"d": duty, "may_review": True, "problem": problem, **_choices()},
    )


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
            plan_id=plan_id,
            start=forms.parse_number(request.POST, "start"),
            end=forms.parse_number(request.POST, "end"),
            by=viewer_of(request),
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


# -- versions, standards --------------------------------------------------------
@reads("plan.see")
def compare(request: HttpRequest, plan_id: int, old_id: int) -> HttpResponse:
    """Two versions of a plan, duty by duty."""
    new, old = queries.get(plan_id), queries.get(old_id)
    pairs = rules.compare(
        *([d for d in queries.duties(p) if d.review != Review.DROPPED] for p in (old, new))
    )
    order = {"gone": 0, "changed": 1, "new": 2, "same": 3}
    return render(request, "plans/compare.html", {
        "new": new, "old": old, "pairs": sorted(pairs, key=lambda p: order[p.what]), "activities": activities.catalogue(),
        "counts": {what: sum(1 for p in pairs if p.what == what) for what in order},
    })  # fmt: skip


@writes("plan.review")
def replace(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    old = request.POST.get("old", "")
    try:
        services.replace(
            plan_id=plan_id, old_id=number(old) if old else None, by=viewer_of(request)
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect("plan", plan_id)


@reads_and_writes("plan.review")
def standards(request: HttpRequest) -> HttpResponse:
    """What laws and standards ask, each with its source and certainty, to be taken as a plan."""
    viewer = viewer_of(request)
    unit = units.chosen(viewer, asked_unit(request))
    if request.method == "POST":
        try:
            made = services.offer_standards(
                unit=unit, ids=request.POST.getlist("standard")[:200], by=viewer, at=now()
            )
        except Refused as error:
            messages.error(request, str(error))
            return redirect("standards")
        return redirect("plan", made.pk)
    return render(request, "plans/standards.html", {
        "unit": unit, "units": [u for u in units.reach(viewer) if viewer.may("plan.review", u.path)], "standards": [(s, s.chosen and (not unit.is_campus or rules.applies(s.applies_to, unit))) for s in activities.standards()], "activities": activities.catalogue(),
    })  # fmt: skip


# -- the calendar ----------------------------------------------------------------
@reads_and_writes("board.see")
def calendar(request: HttpRequest) -> HttpResponse:
    """Which days are school days for a unit, why, and where that is set; those who may change it do so here."""
    viewer = viewer_of(request)
    unit = units.chosen(viewer, asked_unit(request))
    if request.method == "POST":
        viewer.require("org.edit", unit.path)
        try:
            _change_calendar(request, unit)
        except Refused as error:
            messages.error(request, str(error))
        return redirect(f"{request.path}?unit={unit.pk}")
    terms, exceptions = units.term_rows(unit), units.exception_rows(unit)
    today = local_day(now())
    months = calendar_rules.months(
        today,
        [units.TermDates(t.name, t.starts, t.ends) for t in terms],
        {e.day: e.is_school_day for e in exceptions},
    )
    return render(request, "plans/calendar.html", {
        "unit": unit, "units": units.reach(viewer), "terms": terms, "exceptions": [e for e in exceptions if e.day >= months[0].first], "months": months,
        "today": today, "may_edit": viewer.may("org.edit", unit.path), "is_school_day": today in {d.day for m in months for d in m.days if d.school},
    })  # fmt: skip


def _change_calendar(request: HttpRequest, unit: Unit) -> None:
    post, by, at = request.POST, viewer_of(request), now()
    do = post.get("do")
    first = forms.parse_date(post.get("first", ""), _("From"))
    if do == "except":
        last = forms.parse_date(post.get("last") or post.get("first", ""), _("To"))
        if not 0 <= (last - first).days <= 60:
            raise Refused(_("Please choose at most 60 days, the first before the last."))
        reason = post.get("reason", "").strip()[:80]
        if not reason:
            raise Refused(_("Please say why; it is shown with the day."))
        units_services.except_days(
            unit=unit,
            first=first,
            last=last,
            is_school_day=post.get("school") == "1",
            reason=reason,
        )
        services.calendar_changed(
            unit=unit,
            what="calendar.exception",
            by=by,
            at=at,
            first=str(first),
            last=str(last),
            school=post.get("school") == "1",
        )
    elif do == "drop":
        if units_services.drop_exception(unit=unit, day=first):
            services.calendar_changed(
                unit=unit, what="calendar.exception.dropped", by=by, at=at, day=str(first)
            )
    elif do == "term":
        last = forms.parse_date(post.get("last", ""), _("To"))
        name = post.get("name", "").strip()[:40]
        if not 14 <= (last - first).days <= 250 or not name:
            raise Refused(_("A term has a name and lasts from two weeks to 250 days."))
        if any(
            t.starts <= last and first < t.ends and t.starts != first
            for t in units.term_rows(unit)
            if t.unit_id == unit.pk
        ):
            raise Refused(_("Two terms of one unit cannot overlap."))
        units_services.set_term(unit=unit, name=name, starts=first, ends=last + timedelta(days=1))
        services.calendar_changed(
            unit=unit, what="calendar.term", by=by, at=at, starts=str(first), last=str(last)
        )
    elif do == "drop-term" and units_services.drop_term(unit=unit, starts=first):
        services.calendar_changed(
            unit=unit, what="calendar.term.dropped", by=by, at=at, starts=str(first)
        )
