"""How allauth meets the house: who may sign in, and how their account is found before anybody is known."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest

from anyuan.kernel.scoping import signing_in
from anyuan.people.models import Person


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the office, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SignIn(AuthenticationBackend):  # type: ignore[misc]
    """Reads accounts in the one moment in which nobody is known yet; demo accounts work only in the demo."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        with signing_in():
            person: Person | None = super().authenticate(request, **credentials)
        if person is not None and person.demo and not settings.DEMO:
            return None
        return person

    def get_user(self, user_id: int) -> Person | None:
        with signing_in():
            return Person.objects.filter(pk=user_id, is_active=True).first()

    async def aget_user(self, user_id: int) -> Person | None:
        return await sync_to_async(self.get_user)(user_id)
