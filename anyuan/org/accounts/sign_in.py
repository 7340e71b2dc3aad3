"""How allauth meets the house: who may sign in, in which browsers, how failures are counted, how
secrets are kept.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from allauth.account import views as account_views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.decorators import login_stage_required
from allauth.account.signals import password_changed
from allauth.account.stages import LoginStage
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.utils import is_mfa_enabled
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import browsers, secret
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, Viewer, acting, signing_in
from anyuan.org.audit import services as audit
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.people.services import accounts

log = logging.getLogger("anyuan.sign_in")


class Account(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the office. A browser that signed in before has a count of failures of
    its own,
    so that whoever guesses at somebody's password from elsewhere cannot lock them out."""

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "anyuan.org.accounts.sign_in.KnownBrowser"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        name = _name_of(credentials)
        mark = browsers.mark_of(request)
        who = (
            f"device:{mark}"
            if people.knows_device(name, mark)
            else f"ip:{self.get_client_ip(request)}"
        )
        return hashlib.sha256(f"{who}|{name}".encode()).hexdigest()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        name = _name_of(credentials)
        if people.knows_device(name, browsers.mark_of(request)):
            return
        if not ratelimit.consume(request, action="login_failed_anywhere", key=name, dry_run=True):
            raise ValidationError(
                _(
                    "Somebody tried this account too often from elsewhere. Sign in in a browser"
                    " that you used before, or ask your office for a new slip."
                )
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = _name_of(credentials)
        if not people.knows_device(name, browsers.mark_of(request)):
            ratelimit.consume(request, action="login_failed_anywhere", key=name)
        with signing_in():
            person = Person.objects.filter(username=name).first()
        if person is not None:
            record_account_event("account.failed", person)
        else:
            log.warning("a sign-in failed: no such account")

    def logout(self, request: HttpRequest) -> None:
        person = request.user if request.user.is_authenticated else None
        super().logout(request)
        if isinstance(person, Person):
            record_account_event("account.signed_out", person)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        methods = [
            m.get("method", "") for m in request.session.get("account_authentication_methods", [])
        ]
        record_account_event(
            "account.signed_in", user, "+".join(dict.fromkeys(m for m in methods if m))
        )
        response: HttpResponse = super().post_login(request, user, **kwargs)
        mark = browsers.mark(request, response)
        if accounts.know_device(person=user, mark=mark, at=now()):
            record_account_event("account.new_device", user)
        return response


def sign_in(request: HttpRequest) -> HttpResponse:
    """The library's page. How much may come from one address holds whoever comes from a browser
    that does not know the account, so that nobody is locked out by others' failures.
    """
    name = request.POST.get("login", "").strip().lower()
    if request.method == "POST" and not people.knows_device(name, browsers.mark_of(request)):
        held: HttpResponse | None = ratelimit.consume_or_429(request, action="unknown_browser")
        if held is not None:
            return held
    answer: HttpResponse = account_views.login(request)
    return answer


def _name_of(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username", "")).strip().lower()


class KnownBrowser(LoginStage):  # type: ignore[misc]
    """A password opens an account only where its owner signed in before: a second thing, that
    nobody has to do anything for.

    Elsewhere a code is asked for, from a browser that is known or from the office. Whoever has a
    second factor was asked for that already.
    """

    key = "known_browser"
    urlname = "new-browser"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        person: Person = self.login.user
        if (
            person.demo
            or is_mfa_enabled(person, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
            or people.knows_device(person.username or "", browsers.mark_of(self.request))
        ):
            return None, True
        return redirect(self.urlname), True


@login_stage_required(stage=KnownBrowser.key, redirect_urlname="account_login")  # type: ignore[untyped-decorator]
def new_browser(request: HttpRequest) -> HttpResponse:
    """Ask for the code where the password was right and the browser is not known."""
    stage: KnownBrowser = request._login_stage  # type: ignore[attr-defined]
    if request.method != "POST":
        return render(request, "account/new_browser.html")
    person: Person = stage.login.user
    if not ratelimit.consume(request, action="device", key=str(person.pk)):
        return render(
            request,
            "account/new_browser.html",
            {"problem": _("Too many attempts from here. Please wait some minutes.")},
            status=429,
        )
    if not accounts.take_device_code(person=person, code=request.POST.get("code", ""), at=now()):
        record_account_event("account.failed", person, "code")
        return render(
            request,
            "account/new_browser.html",
            {
                "problem": _(
                    "This is not the code, or it is older than ten minutes. Have a new one made."
                )
            },
            status=400,
        )
    response: HttpResponse = stage.exit()
    return response


def record_account_event(verb: str, person: Person, how: str = "") -> None:
    """Write into the audit log what somebody did with their account; without address or device."""
    with acting(SYSTEM):
        audit.record(
            verb, by=Viewer(person.pk, person.name), at=now(), unit_id=person.unit_id, subject=how
        )


@receiver(password_changed)
def _password_changed(request: HttpRequest, user: Person, **_more: Any) -> None:
    record_account_event("account.password", user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _factor_changed(request: HttpRequest, user: Person, authenticator: Any, **_more: Any) -> None:
    record_account_event("account.factor", user, str(authenticator.type))


class SignIn(AuthenticationBackend):  # type: ignore[misc]
    """Reads accounts in the one moment in which nobody is known yet; demo accounts work only in the
    demo.
    """

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        with signing_in():
            person: Person | None = super().authenticate(request, **credentials)
        if person is not None and person.demo and not settings.DEMO:
            return None
        return person

    def get_user(self, user_id: int) -> Person | None:
        person = people.account(user_id)
        return None if person is not None and person.demo and not settings.DEMO else person

    async def aget_user(self, user_id: int) -> Person | None:
        return await sync_to_async(self.get_user)(user_id)


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors encrypted by the installation's key: a copy of the
    database opens no account.
    """

    def encrypt(self, text: str) -> str:
        return secret.seal("second factor", text)

    def decrypt(self, encrypted_text: str) -> str:
        return secret.unseal("second factor", encrypted_text)
