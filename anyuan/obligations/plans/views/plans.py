"""The pages of plans: read, reviewed, adopted, replaced."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel import progress, scanning
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, reads_and_writes, viewer_of, writes
from anyuan.kernel.pages import page_of, shown
from anyuan.kernel.scoping import Invisible
from anyuan.org.units import queries as units
from anyuan.record.activities import rules as activities
from anyuan.record.evidence.queries import whole_file
from anyuan.record.evidence.services.files import Upload, cut

from .. import forms, queries
from ..queries import Plan, Review, review
from ..rules import demands, versions
from ..services import adoption, reading
from .duties import marked_text


@reads("plan.see")
def plans(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    own = [u for u in units.held_by(viewer) if viewer.may("plan.review", u.path)]
    return render(
        request,
        "plans/list.html",
        {"page": page_of(request, queries.visible()), "units": own, "run": uuid4().hex},
    )


@writes("plan.review")
def upload(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    said = progress.sayer(fields.sought(request.POST, "run"), viewer.person_id)
    try:
        unit = units.get(forms.parse_number(request.POST, "unit"))
        found = [
            plan
            for files in _uploaded(request)
            for plan in reading.upload(unit=unit, files=files, by=viewer, at=now(), said=said)
        ]
    except Refused as error:
        messages.error(request, str(error))
        return redirect("plans")
    if len(found) > 1:
        messages.success(request, _("%(n)d plans were found in the file.") % {"n": len(found)})
        return redirect("plans")
    return redirect("plan", found[0].pk)


def _uploaded(request: HttpRequest) -> list[list[Upload]]:
    """The files that belong together, or the pasted words. :raises Refused: there is nothing."""
    sent = request.FILES.getlist("file")
    pasted = forms.pasted(request.POST)
    if not sent and not pasted:
        raise Refused(_("Please choose a file or paste the text of a plan."))
    files = [Upload(file.name or "plan", file.read()) for file in sent]
    files = files or [Upload(_("Pasted text"), pasted.encode())]
    for file in files:
        scanning.scan(file.name, file.data)
    return [[file] for file in files] if fields.chose(request.POST, "each", "1") else [files]


@reads("plan.review")
def how_far(request: HttpRequest) -> JsonResponse:
    """How far the reading of what this person has just sent is."""
    run = fields.sought(request.GET, "run")
    return JsonResponse(progress.read(run, viewer_of(request).person_id))


@reads("plan.see")
def page_picture(request: HttpRequest, plan_id: int, number: int) -> HttpResponse:
    """A page that was read as a picture."""
    return HttpResponse(
        _whole(queries.page(queries.get(plan_id), number)), content_type="image/jpeg"
    )


def _whole(page: queries.Page) -> bytes:
    """The picture of a page. :raises Invisible: it is not there, or not what was read."""
    data = whole_file(page.digest)
    if data is None:
        raise Invisible
    return data


@reads("plan.see")
def duty_picture(request: HttpRequest, duty_id: int) -> HttpResponse:
    """The lines of a page on which the words of a duty stand."""
    duty = queries.duty(duty_id)
    found = queries.stands_on(duty, queries.pages(duty.plan))
    if found is None:
        raise Invisible
    page, box = found
    return HttpResponse(cut(_whole(page), box), content_type="image/jpeg")


@reads("plan.see")
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    plan = queries.get(plan_id)
    duties = queries.duties(plan)
    starts, ends = proposed_dates(plan, local_day(now()))
    return render(
        request,
        "plans/review.html",
        {
            **shown(review.review_page(viewer_of(request), plan, duties, forms.show(request.GET))),
            "would_bind": review.would_bind(plan, duties) if plan.status == "draft" else [],
            "text": marked_text(plan, duties, queries.pages(plan)),
            "shared": request.session.get("plan-shared", {}),
            "starts": starts,
            "ends": ends,
            "activities": activities.catalogue(),
        },
    )


def proposed_dates(plan: Plan, today: date) -> tuple[date | None, date | None]:
    """Dates to propose for adoption; a text that masks its year proposes none, so that the year is
    asked for.
    """
    if plan.starts or plan.needs_year:
        return plan.starts, plan.ends
    year = today.year if today.month >= 3 else today.year - 1
    return date(year, 3, 1), date(year + 1, 2, 1)


@writes("plan.adopt")
def adopt(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    try:
        done = adoption.adopt(
            plan_id=plan_id,
            **fields.values(forms.AdoptionForm.read(request.POST)),
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
        adoption.retire(plan_id=plan_id, by=viewer_of(request), at=now())
    except Refused as error:
        messages.error(request, str(error))
    return redirect("plan", plan_id)


# -- versions, standards --------------------------------------------------------
@reads("plan.see")
def compare(request: HttpRequest, plan_id: int, old_id: int) -> HttpResponse:
    """Two versions of a plan, duty by duty."""
    new, old = queries.get(plan_id), queries.get(old_id)
    pairs = versions.compare(
        *([d for d in queries.duties(p) if d.review != Review.DROPPED] for p in (old, new))
    )
    order = {"gone": 0, "changed": 1, "new": 2, "same": 3}
    return render(
        request,
        "plans/compare.html",
        {
            "new": new,
            "old": old,
            "pairs": sorted(pairs, key=lambda p: order[p.what]),
            "activities": activities.catalogue(),
            "counts": {what: sum(1 for p in pairs if p.what == what) for what in order},
        },
    )


@writes("plan.review")
def replace(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    old = fields.key_or_none(request.POST, "old")
    try:
        reading.replace(plan_id=plan_id, old_id=old, by=viewer_of(request))
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
            made = reading.offer_standards(
                unit=unit, ids=request.POST.getlist("standard")[:200], by=viewer, at=now()
            )
        except Refused as error:
            messages.error(request, str(error))
            return redirect("standards")
        return redirect("plan", made.pk)
    return render(
        request,
        "plans/standards.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer) if viewer.may("plan.review", u.path)],
            "standards": [
                (s, s.chosen and (not unit.is_campus or demands.applies(s.applies_to, unit)))
                for s in activities.standards()
            ],
            "activities": activities.catalogue(),
        },
    )
