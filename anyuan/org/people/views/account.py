"""One's own account, and what an office does for another's."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel import forms as fields
from anyuan.kernel.browsers import mark, mark_of
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import reads, reads_and_writes, viewer_of, writes
from anyuan.kernel.scoping import Denied

from .. import forms, queries
from ..rules import DEVICE_CODE_MINUTES, GLASS_MINUTES, INVITATION_DAYS
from ..services import accounts


# -- one's own account ----------------------------------------------------------
@reads(None)
def security(request: HttpRequest) -> HttpResponse:
    """One's own account: second factor, password, sessions."""
    viewer = viewer_of(request)
    return render(
        request,
        "people/security.html",
        {
            "person": queries.me(viewer),
            "factors": queries.factors(viewer),
            "devices": queries.devices(viewer),
        },
    )


@writes(None)
def own_device_code(request: HttpRequest) -> HttpResponse:
    """A code with which one signs in in another browser, shown once."""
    viewer = viewer_of(request)
    me = queries.me(viewer)
    return render(
        request,
        "people/device_code.html",
        {
            "person": me,
            "code": accounts.device_code(person=me, by=viewer, at=now()),
            "minutes": DEVICE_CODE_MINUTES,
            "back": reverse("account-security"),
        },
    )


@writes("org.edit")
def device_code(request: HttpRequest, person_id: int) -> HttpResponse:
    """The same for somebody who stands at the office's desk, or calls it."""
    found = queries.get(person_id)
    code = accounts.device_code(person=found, by=viewer_of(request), at=now())
    return render(
        request,
        "people/device_code.html",
        {
            "person": found,
            "code": code,
            "minutes": DEVICE_CODE_MINUTES,
            "back": reverse("person", args=[person_id]),
        },
    )


@writes(None)
def forget_devices(request: HttpRequest) -> HttpResponse:
    n = accounts.forget_devices(but=mark_of(request), by=viewer_of(request), at=now())
    messages.success(
        request,
        ngettext("%(n)d browser knows you no more.", "%(n)d browsers know you no more.", n)
        % {"n": n},
    )
    return redirect("account-security")


@writes("org.edit")
def invite(request: HttpRequest, person_id: int) -> HttpResponse:
    """Make a one-time code and show it once, to be printed and handed over."""
    found = queries.get(person_id)
    try:
        username = forms.new_username(request.POST)
        code = accounts.invite(
            person=found,
            username=username,
            ends_factor=fields.ticked(request.POST, "ends_factor"),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("person", person_id)
    return render(
        request,
        "people/slip.html",
        {
            "person": found,
            "username": username,
            "code": code,
            "address": request.build_absolute_uri(reverse("welcome")),
            "days": INVITATION_DAYS,
            "roles": queries.held(found).grants,
        },
    )


@writes("org.edit")
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    found = queries.get(person_id)
    n = accounts.end_sessions(person=found, by=viewer_of(request), at=now())
    messages.success(
        request,
        ngettext(
            "%(name)s is signed out of %(n)d browser.",
            "%(name)s is signed out of %(n)d browsers.",
            n,
        )
        % {"name": found.name, "n": n},
    )
    return redirect("person", person_id)


def welcome(request: HttpRequest) -> HttpResponse:
    """Set one's own password by the one-time code from the office."""
    problem = ""
    if request.method == "POST":
        name = forms.username(request.POST)
        if not ratelimit.consume(
            request, action="welcome", key=f"{get_adapter().get_client_ip(request)}|{name}"
        ):
            return HttpResponse(
                _("Too many attempts from here. Please wait some minutes."), status=429
            )
        try:
            form = forms.WelcomeForm.read(request.POST)
            done = redirect("account_login")
            accounts.welcome(
                username=name,
                code=form.code,
                password=form.password,
                mark=mark(request, done),
                at=now(),
            )
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, _("Your password is set. Please sign in with it."))
            return done
    return render(
        request,
        "people/welcome.html",
        {"problem": problem, "username": forms.username(request.POST)},
        status=400 if problem else 200,
    )


@reads_and_writes(None)
def glass(request: HttpRequest) -> HttpResponse:
    """An administrator asks to look, for an hour, with a reason that the leaders read."""
    viewer = viewer_of(request)
    mine = [g for g in viewer.grants if g.role == "operator"]
    if not mine:
        raise Denied("only an administrator")
    if request.method == "POST":
        try:
            accounts.break_glass(
                person_id=viewer.pk,
                unit_id=mine[0].unit_id,
                path=mine[0].path,
                reason=fields.words(request.POST, "reason", _("Reason"), 200),
                by=viewer,
                at=now(),
            )
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("glass")
    return render(
        request,
        "people/glass.html",
        {"open": any(g.role == "glass" for g in viewer.grants), "minutes": GLASS_MINUTES},
    )
