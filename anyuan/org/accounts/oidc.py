"""An office's own sign-in (OpenID Connect): what allauth does, and what it leaves out of the
standard's care.
"""

from __future__ import annotations

import secrets
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from anyuan.org.people.models import Person


class OfficeSignIn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An office's own sign-in says who somebody is; accounts and roles are given here, so it opens
    no new ones.

    The first time, the user name it says finds the account; from then on only the lasting identity
    kept with it.
    """

    def get_requests_session(self) -> requests.Session:
        """For questions to the provider: an answer with another address is not followed."""
        session: requests.Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        name = (
            str(
                sociallogin.account.get_provider_account().get_user_data().get(settings.OIDC_CLAIM)
                or ""
            )
            .strip()
            .lower()
        )
        if sociallogin.user is None or sociallogin.user.pk is None:
            sociallogin.user = self._first_time(sociallogin, name)
        person: Person | None = sociallogin.user
        if person is None or not person.is_active or (person.demo and not settings.DEMO):
            raise ImmediateHttpResponse(
                render(
                    request,
                    "account/not_here.html",
                    {"name": name, "office": settings.OIDC_NAME},
                    status=403,
                )
            )

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(_failed(request))

    def _first_time(self, sociallogin: SocialLogin, name: str) -> Person | None:
        account = sociallogin.account
        person = Person.objects.filter(username__iexact=name).first() if name else None
        if (
            person is None
            or SocialAccount.objects.filter(user=person, provider=account.provider).exists()
        ):
            return None
        account.user, account.extra_data = person, {}
        account.save()
        return person


def _failed(request: HttpRequest) -> HttpResponse:
    return render(
        request, "account/not_here.html", {"failed": True, "office": settings.OIDC_NAME}, status=403
    )


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """Asks with a nonce, which waits in the session beside the state."""

    def get_oauth2_adapter(self, request: HttpRequest) -> Adapter:
        return Adapter(request, self.app.provider_id)

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **more: Any,
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        more["auth_params"] = {
            **(more.get("auth_params") or self.get_auth_params()),
            "nonce": nonce,
        }
        response: HttpResponse = super().redirect(
            request, process, next_url, data, nonce=nonce, **more
        )
        return response


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Believes a provider only where it is the one that was named, and an answer only where it was
    asked for.
    """

    nonce = ""

    def get_provider(self) -> Provider:
        found = super().get_provider()
        return Provider(found.request, app=found.app)

    @property
    def openid_config(self) -> dict[str, Any]:
        """:raises OAuth2Error: who answers has another name (OpenID Connect Discovery 4.3)."""
        config: dict[str, Any] = super().openid_config
        named = str(self.get_provider().app.settings["server_url"]).split("/.well-known/")[0]
        if str(config.get("issuer", "")).rstrip("/") != named.rstrip("/"):
            raise OAuth2Error("the provider is not the one that was named")
        return config

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """:raises OAuth2Error: the token answers another question (OpenID Connect Core 3.1.3.7,
        11).
        """
        record_account_event: dict[str, Any] = super()._decode_id_token(app, id_token)
        if not self.nonce or not secrets.compare_digest(
            str(record_account_event.get("nonce", "")).encode(), self.nonce.encode()
        ):
            raise OAuth2Error("the token was not made for this sign-in")
        return record_account_event

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **more: Any
    ) -> SocialLogin:
        if not more["response"].get("id_token"):
            raise OAuth2Error("the provider gave no token of who it is")
        return super().complete_login(request, app, token, **more)


class _Back(OAuth2CallbackView):  # type: ignore[misc]
    def _get_state(
        self, request: HttpRequest, provider: Provider
    ) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


def _answered(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    """What the provider's answer leads to; one that cannot be reached, or is not to be believed, is
    said in words.
    """
    try:
        response: HttpResponse = view.adapter_view(Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (OAuth2Error, requests.RequestException, ValueError):
        return _failed(request)
    return response


def go_to_office(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answered(OAuth2LoginView, request, provider_id)


def come_from_office(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answered(_Back, request, provider_id)
