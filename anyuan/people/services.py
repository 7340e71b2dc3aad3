"""Writes of people, and sign-in."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from anyuan.kernel.scoping import signing_in
from anyuan.units.models import Unit

from .models import Person, RoleGrant


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


@transaction.atomic
def create(*, username: str, name: str, unit: Unit, password: str, demo: bool = False) -> Person:
    person = Person(username=username, name=name, unit=unit, demo=demo)
    person.set_password(password)
    person.save()
    return person


@transaction.atomic
def grant(*, person: Person, role: str, unit: Unit, since: date) -> RoleGrant:
    row, _ = RoleGrant.objects.get_or_create(person=person, role=role, unit=unit, since=since)
    return row
