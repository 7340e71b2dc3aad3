from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, reads_and_writes, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.obligations.plans import queries as plans
from anyuan.org.people import queries as people
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from . import forms, queries, services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


@reads("org.see")
def answering(request: HttpRequest) -> HttpResponse:
    """Who answers for each thing a unit owes; what nobody answers for comes first."""
    unit, viewer = _unit(request), viewer_of(request)
    rows = queries.owing(unit, local_day(now()))
    return render(
        request,
        "duties/answering.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer),
            "rows": rows,
            "missing": sum(1 for r in rows if r.person is None),
            "loaded": queries.loaded(rows),
            "people": people.choices(unit),
            "may_edit": viewer.may("org.edit", unit.path),
        },
    )


@writes("org.edit")
def name(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    chosen = fields.key_or_none(request.POST, "person")
    try:
        services.name_responsible(
            unit=unit,
            obligation_id=fields.key(request.POST, "obligation"),
            person=people.get(chosen) if chosen is not None else None,
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('answering')}?unit={unit.pk}")


@writes("org.edit")
def fill(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    named = services.fill(unit=unit, by=viewer_of(request), at=now())
    messages.success(
        request, _("%(n)d more duties have somebody now; please look through them.") % {"n": named}
    )
    return redirect(f"{reverse('answering')}?unit={unit.pk}")


# -- exemptions -----------------------------------------------------------------
@reads("board.see")
def exemptions(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    return render(
        request,
        "duties/exemptions.html",
        {
            "page": page_of(request, queries.exemptions()),
            "waiting": queries.to_decide(viewer),
            "today": local_day(now()),
        },
    )


@reads_and_writes("exemption.ask")
def ask(request: HttpRequest, unit_id: int, obligation_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    unit = units.mine(viewer, unit_id)
    viewer.require("exemption.ask", unit.path)
    binding = plans.binding(unit.pk, obligation_id)
    today = local_day(now())
    problem = ""
    if request.method == "POST":
        try:
            services.ask(
                unit=unit,
                obligation_id=obligation_id,
                **fields.values(forms.ExemptionForm.read(request.POST)),
                by=viewer,
                at=now(),
            )
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, _("Asked. The verdicts change only if it is granted."))
            return redirect("exemptions")
    return render(
        request,
        "duties/ask.html",
        {
            "unit": unit,
            "binding": binding,
            "obligation": binding.obligation,
            "owner": plans.get(binding.obligation.plan_id).unit,
            "problem": problem,
            "values": request.POST,
            "today": today,
            "past": queries.of_duty(unit.pk, obligation_id),
        },
        status=400 if problem else 200,
    )


@writes("exemption.decide")
def decide(request: HttpRequest, exemption_id: int) -> HttpResponse:
    try:
        services.decide(
            exemption_id=exemption_id,
            grant=fields.chose(request.POST, "do", "grant"),
            answer=fields.words(request.POST, "answer", _("Reason"), 300),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("exemptions")


@writes("exemption.ask")
def withdraw(request: HttpRequest, exemption_id: int) -> HttpResponse:
    try:
        services.withdraw(exemption_id=exemption_id, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("exemptions")


@writes("exemption.decide")
def end(request: HttpRequest, exemption_id: int) -> HttpResponse:
    try:
        services.end(exemption_id=exemption_id, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("exemptions")
