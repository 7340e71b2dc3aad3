"""Writes of tablets and PINs; and the unlocking."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit

from . import queries, rules
from .models import Pin, Tablet


@transaction.atomic
def add(*, unit: Unit, name: str, by: Viewer, at: datetime) -> tuple[Tablet, str]:
    """Let a tablet be shared at a unit; returns it and its token, which is shown once.

    The same name again is a new token. :raises Refused:
    """
    by.require("roster.make", unit.path)
    token = secrets.token_urlsafe(16)
    row, _new = Tablet.objects.update_or_create(
        unit=unit,
        name=name,
        closed_at=None,
        defaults={
            "digest": queries.digest(token),
            "added_by": by.name[:40],
            "added_at": at,
            "seen_at": None,
        },
    )
    audit.record("tablet.added", by=by, at=at, unit_id=unit.pk, subject=name, tablet=row.pk)
    return row, token


@transaction.atomic
def take_away(*, tablet_id: int, by: Viewer, at: datetime) -> Unit:
    """Let a tablet be shared no longer, e.g. because it was lost; every pass on it ends at once."""
    row = queries.tablet(tablet_id)
    by.require("roster.make", row.unit.path)
    if Tablet.objects.filter(pk=row.pk, closed_at=None).update(closed_at=at):
        audit.record(
            "tablet.removed", by=by, at=at, unit_id=row.unit_id, subject=row.name, tablet=row.pk
        )
    return row.unit


@transaction.atomic
def set_pin(*, pin: str, by: Viewer, at: datetime) -> None:
    """Choose one's own PIN; passes given by an older one end. :raises Refused: too easy."""
    if rules.is_weak(pin):
        raise Refused(
            _(
                "A PIN has six digits, and is none that anybody tries first, such as 123456 or"
                " 111111."
            )
        )
    person = Person.objects.select_related("unit").get(pk=by.pk)
    old = Pin.objects.filter(person=person).first()
    Pin.objects.update_or_create(
        person=person,
        defaults={
            "unit": person.unit,
            "hash": make_password(pin),
            "version": old.version + 1 if old else 1,
            "set_at": at,
        },
    )
    audit.record("account.pin", by=by, at=at, unit_id=person.unit_id, subject="")


@dataclass(frozen=True)
class Unlocked:
    person: Person
    ticket: str


def unlock(*, token: str, person_id: int, pin: str, at: datetime) -> Unlocked:
    """Give a tablet the pass of somebody who typed their PIN there.

    :raises Refused: wrong, or no such tablet; the same words for both.
    """
    wrong = _("This is not the PIN.")
    tablet = queries.by_token(token)
    if tablet is None:
        raise Refused(_("This tablet is not shared any more. Ask the office to add it again."))
    with acting(SYSTEM):
        row = (
            Pin.objects.select_related("person")
            .filter(
                person_id=person_id,
                unit=tablet.unit,
                person__left_on=None,
                person__is_active=True,
            )
            .first()
        )
        # As much work for somebody who has no PIN, so that the time tells nothing.
        right = check_password(pin, row.hash if row else make_password("000000"))
        if row is None or not right:
            if row is not None:
                audit.record(
                    "account.failed",
                    by=Viewer(row.person_id, row.person.name),
                    at=at,
                    unit_id=row.unit_id,
                    subject=tablet.name,
                )
            raise Refused(wrong)
        Tablet.objects.filter(pk=tablet.pk).update(seen_at=at)
        return Unlocked(
            row.person, signing.dumps([row.person_id, tablet.pk, row.version], salt=queries.SALT)
        )


def forget_pins(at: datetime) -> int:
    """PINs of whoever left."""
    return Pin.objects.filter(person__left_on__isnull=False).delete()[0]
