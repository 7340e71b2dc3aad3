"""The duties of a plan under review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import reads_and_writes, viewer_of, writes
from anyuan.record.activities import rules as activities

from .. import forms, queries
from ..queries import Obligation, Page, Plan
from ..queries import review as review_queries
from ..rules import reviewing
from ..services import review as review_services


def edit_choices() -> dict[str, object]:
    """What the form of a duty offers."""
    return {
        "activities": activities.catalogue(),
        "periods": forms.PERIODS,
        "comparators": forms.COMPARATORS,
        "scopes": forms.SCOPES,
    }


def marked_text(plan: Plan, duties: list[Obligation], pages: list[Page]) -> SafeString:
    """The plan's text with the words of duties marked, the unread sentences, doubtful characters,
    and each page that was read as a picture before its words.
    """
    spans: dict[tuple[int, int], list[str]] = {}
    for d in duties:
        spans.setdefault((d.start, d.end), []).append(str(d.pk))
    marks = [(s, e, f'data-duties="{" ".join(ids)}"') for (s, e), ids in spans.items()]
    marks += [(s, e, 'class="unread"') for s, e, _text in plan.unread]
    begins = {page.lines[0][0]: page for page in pages}
    unsure = [tuple(span) for span in plan.unsure]
    out, at = [], 0
    for start, end, attributes in sorted(marks):
        if start < at:
            continue
        out += _pages_at(plan, begins, at, end)
        out.append(_piece(plan.text, at, start, unsure))
        out.append(f"<mark {attributes}>{_piece(plan.text, start, end, unsure)}</mark>")
        at = end
    out += _pages_at(plan, begins, at, len(plan.text))
    out.append(_piece(plan.text, at, len(plan.text), unsure))
    return mark_safe("".join(out))  # every piece was escaped above


def _pages_at(plan: Plan, begins: dict[int, Page], start: int, end: int) -> list[str]:
    """Pictures of the pages whose words begin in [start, end)."""
    out = []
    for page in (begins[i] for i in sorted(begins) if start <= i < end):
        address = reverse("plan-page", args=[plan.pk, page.number])
        words = escape(_("Page %(n)d as it was sent") % {"n": page.number})
        out.append(
            f'<a class="page-picture" href="{address}" target="_blank"><img src="{address}"'
            f' loading="lazy" alt="{words}" width="{page.width}" height="{page.height}"></a>'
        )
    return out


def _piece(text: str, start: int, end: int, unsure: list[tuple[int, int]]) -> str:
    out, at = [], start
    for a, b in unsure:
        if start <= a and b <= end and a >= at:
            out.append(f"{escape(text[at:a])}<u>{escape(text[a:b])}</u>")
            at = b
    return "".join([*out, escape(text[at:end])])


@writes("plan.review")
def review(request: HttpRequest, duty_id: int) -> HttpResponse:
    verdict = forms.verdict(request.POST)
    return _changed(
        request,
        duty_id,
        lambda version: review_services.review(
            obligation_id=duty_id, version=version, verdict=verdict, by=viewer_of(request), at=now()
        ),
    )


@reads_and_writes("plan.review")
def edit(request: HttpRequest, duty_id: int) -> HttpResponse:
    """The form of a duty, for the page's island or on a page of its own; a POST takes it."""
    duty = queries.duty(duty_id)
    viewer_of(request).require("plan.review", duty.plan.unit.path)
    if request.method != "POST":
        return _form(request, duty, forms.edit_fields(duty))
    before = {name: getattr(duty, name) for name in reviewing.SHARED}
    return _changed(
        request,
        duty_id,
        lambda version: review_services.edit(
            obligation_id=duty_id,
            version=version,
            changes=forms.parse_edit(request.POST.dict()),
            by=viewer_of(request),
            at=now(),
        ),
        before,
    )


def _form(
    request: HttpRequest, duty: Obligation, form: Mapping[str, str], problem: str = ""
) -> HttpResponse:
    whole = not request.headers.get("HX-Request")
    return render(
        request,
        "plans/edit.html" if whole else "plans/edit_form.html",
        {"d": duty, "form": form, "problem": problem, **edit_choices()},
    )


def _changed(
    request: HttpRequest,
    duty_id: int,
    act: Callable[[int], Obligation],
    before: dict[str, str] | None = None,
) -> HttpResponse:
    """Do one thing to a duty and show it as it now is: a fragment for the page's island, else the
    page. What was changed of it, given `before`, is offered for its likes; what was typed and is
    refused stays in its form.
    """
    problem = ""
    try:
        duty = act(forms.parse_number(request.POST, "version"))
    except Refused as error:
        problem = str(error)
        duty = queries.duty(duty_id)
    typed = request.POST.dict() if problem and before else None
    if not request.headers.get("HX-Request"):
        if typed:
            return _form(request, duty, typed, problem)
        if problem:
            messages.error(request, problem)
        return redirect(f"/plans/{duty.plan_id}/#duty-{duty_id}")
    return render(
        request,
        "plans/duty.html",
        {
            "d": duty,
            "may_review": True,
            "seen": review_queries.seen_of([duty], queries.pages(duty.plan)),
            "unbound": review_queries.unbound_of([duty]),
            "problem": problem,
            "form": typed,
            "offers": [] if problem or not before else review_queries.offers_after(duty, before),
            "progress": queries.progress_of(duty.plan),
            **edit_choices(),
        },
    )


@writes("plan.review")
def alike(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The same correction for several duties; asked once more, with its ends exchanged, undone."""
    queries.get(plan_id)
    try:
        form = forms.AlikeForm.read(request.POST)
        many = review_services.correct_alike(
            plan_id=plan_id, **fields.values(form), by=viewer_of(request)
        )
    except Refused as error:
        messages.error(request, str(error))
        return redirect(_as_shown(request, plan_id))
    messages.success(
        request, _("%(n)d duties were changed in the same way. They wait for you.") % {"n": many}
    )
    request.session["plan-shared"] = {**form.again, "plan": plan_id, "many": many}
    return redirect(_as_shown(request, plan_id))


def _as_shown(request: HttpRequest, plan_id: int) -> str:
    """The plan under the filter from which a form was sent."""
    sent = parse_qs(urlsplit(request.headers.get("Referer", "")).query)
    show = sent.get("show", [""])[0]
    return reverse("plan", args=[plan_id]) + (f"?show={quote(show)}" if show else "")


@writes("plan.review")
def merge(request: HttpRequest, duty_id: int) -> HttpResponse:
    """Make one of a duty and the one after it."""
    plan_id = queries.duty(duty_id).plan_id
    try:
        review_services.merge(
            obligation_id=duty_id,
            other_id=forms.parse_number(request.POST, "other"),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect(f"/plans/{plan_id}/#duty-{duty_id}")


@writes("plan.review")
def split(request: HttpRequest, duty_id: int) -> HttpResponse:
    try:
        new = review_services.split(obligation_id=duty_id, by=viewer_of(request))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("plan", queries.duty(duty_id).plan_id)
    return redirect(f"/plans/{new.plan_id}/#duty-{new.pk}")


@writes("plan.review")
def add(request: HttpRequest, plan_id: int) -> HttpResponse:
    queries.get(plan_id)
    try:
        new = review_services.add(
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
    show = forms.show(request.POST)
    try:
        taken, left = review_services.accept_rest(
            plan_id=plan_id, show=show, by=viewer_of(request), at=now()
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("%(n)d duties were accepted; %(left)d stay to be looked at one by one.")
            % {"n": taken, "left": left},
        )
    return redirect(f"/plans/{plan_id}/?show={quote(show)}")


@writes("plan.review")
def reopen_together(request: HttpRequest, plan_id: int) -> HttpResponse:
    viewer_of(request).require("plan.review", queries.get(plan_id).unit.path)
    try:
        moment = forms.parse_moment(request.POST, "moment")
        many = review_services.reopen_together(
            plan_id=plan_id, moment=moment, by=viewer_of(request)
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(n)d duties are open again.") % {"n": many})
    return redirect("plan", plan_id)


@writes("plan.review")
def settle(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Words that were not understood ask for nothing."""
    queries.get(plan_id)
    try:
        review_services.settle(
            plan_id=plan_id,
            start=forms.parse_number(request.POST, "start"),
            end=forms.parse_number(request.POST, "end"),
            by=viewer_of(request),
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect(f"/plans/{plan_id}/#unread")
