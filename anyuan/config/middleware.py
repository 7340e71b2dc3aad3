"""Middleware: who is looking, and what a page may load."""

from __future__ import annotations

import sys
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template import loader
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from anyuan.config.turns import try_again
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import TryLater
from anyuan.kernel.http import set_viewer, viewer_of
from anyuan.kernel.scoping import NOBODY, Viewer, signing_in
from anyuan.kernel.text import is_plain
from anyuan.ops.metrics import is_near
from anyuan.org.accounts.sign_in import record_account_event
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src"
    " 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def content_security(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        if not request.path.startswith("/static/"):
            # Pages and photos of people stay in no cache of a shared computer.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def in_clear(get_response: GetResponse) -> GetResponse:
    """Refuse what programs send in clear where the site has HTTPS; what comes from this machine
    itself is on no wire.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and not is_near(request):
            return HttpResponse("use https", status=403, content_type="text/plain")
        return get_response(request)

    return middleware


def _viewer(request: HttpRequest) -> Viewer:
    user = request.user
    if not user.is_authenticated:
        return NOBODY
    return people.viewer(user, local_day(now()))


def viewer(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        set_viewer(request, SimpleLazyObject(lambda: _viewer(request)))
        return get_response(request)

    return middleware


def plain_text(get_response: GetResponse) -> GetResponse:
    """Refuse, once for every form, characters that no database or document keeps."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not is_plain(request.path):
            raise Http404
        is_form = request.method == "POST" and request.content_type in {
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        }
        for asked in (request.GET, *([request.POST] if is_form else [])):
            if not all(is_plain(v) for _name, values in asked.lists() for v in values):
                return HttpResponse(
                    _("The text holds characters that cannot be kept. Please type it again."),
                    status=400,
                    content_type="text/plain; charset=utf-8",
                )
        return get_response(request)

    return middleware


def server_error(request: HttpRequest) -> HttpResponse:
    """What an unexpected error looks like; while the database or the virus scanner is away, one
    that says to try again, which phones do by themselves.
    """
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError, TryLater)):
        return try_again(request)
    return HttpResponse(loader.get_template("500.html").render({"away": False}), status=500)


LIVE = "/live/"  # an open page that listens is not somebody who works
NOTED = 300.0  # seconds after which it is written down again that somebody works


def idle(get_response: GetResponse) -> GetResponse:
    """Sign out those whose role demands a second factor once they did nothing for some hours;
    phones at a gate stay signed in.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        seen = viewer_of(request)
        if (
            not settings.IDLE_HOURS
            or request.path.startswith("/static/")
            or not any(g.role in settings.MFA_ROLES for g in seen.grants)
        ):
            return get_response(request)
        moment, last = now().timestamp(), request.session.get("active")
        if last is not None and moment - last > settings.IDLE_HOURS * 3600:
            assert isinstance(request.user, Person)  # nobody else has roles
            record_account_event("account.idle", request.user)
            logout(request)
            if request.path.startswith("/api/") or request.path == LIVE:
                return HttpResponse("signed out after a time without use", status=401)
            messages.info(
                request,
                _("You were signed out after %(n)d hours without use.")
                % {"n": settings.IDLE_HOURS},
            )
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        if request.path != LIVE and (last is None or moment - last > NOTED):
            request.session["active"] = moment
        return get_response(request)

    return middleware


# What somebody without their second factor may still open: to set it up, or to leave.
OPEN = (
    "/account/second/",
    "/account/again/",
    "/account/password/",
    "/sign-in/",
    "/sign-out/",
    "/language/",
    "/static/",
    "/health/",
)


def second_factor(get_response: GetResponse) -> GetResponse:
    """Send those whose role demands a second factor to set it up before anything else."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.MFA_ROLES and not request.path.startswith(OPEN) and _lacks_factor(request):
            if request.path.startswith("/api/") or request.path == "/live/":
                return HttpResponse("a second factor is required", status=403)
            messages.warning(
                request,
                _(
                    "Your role needs a second factor. Set up an authenticator app or a passkey"
                    " before you go on."
                ),
            )
            return redirect("mfa_index")
        return get_response(request)

    return middleware


def _lacks_factor(request: HttpRequest) -> bool:
    seen = viewer_of(request)
    if not any(g.role in settings.MFA_ROLES for g in seen.grants) or request.session.get(
        "second_factor"
    ):
        return False
    with signing_in():
        has = is_mfa_enabled(request.user)
    # Whoever has one was asked for it when they signed in.
    request.session["second_factor"] = has
    return not has
