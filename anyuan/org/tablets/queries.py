"""Reads of tablets, of who may unlock them, and of what a pass is worth."""

from __future__ import annotations

import hashlib
from datetime import date

from django.core import signing

from anyuan.kernel.clock import local_day, now
from anyuan.kernel.scoping import NOBODY, SYSTEM, Grant, Viewer, acting, signing_in, visible
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit

from .models import Pin, Tablet
from .rules import MAY, PASS_AGE

SALT = "tablet pass"


def digest(token: str) -> str:
    """The token has 128 bits from a random source, so one round of hashing is enough."""
    return hashlib.sha256(f"tablet|{token}".encode()).hexdigest()


def tablets(unit: Unit) -> list[Tablet]:
    return list(Tablet.objects.filter(unit=unit, closed_at=None).order_by("name", "pk"))


def tablet(pk: int) -> Tablet:
    """:raises Invisible:"""
    return visible(Tablet.objects.select_related("unit").order_by("pk"), pk)


def by_token(token: str) -> Tablet | None:
    """The tablet in use that a token belongs to; asked before anybody is known."""
    with acting(SYSTEM):
        return (
            Tablet.objects.select_related("unit")
            .filter(digest=digest(token), closed_at=None)
            .first()
            if token
            else None
        )


def who(tablet: Tablet) -> list[Person]:
    """Who may unlock a tablet: people of its unit who are here and have a PIN."""
    with acting(SYSTEM):
        return list(
            Person.objects.filter(
                unit=tablet.unit, left_on=None, is_active=True, pin__isnull=False
            ).order_by("pinyin", "pk")
        )


def pin(viewer: Viewer) -> Pin | None:
    """The viewer's own."""
    return Pin.objects.filter(person_id=viewer.pk).first()


def pins(unit: Unit) -> int:
    return Pin.objects.filter(unit=unit, person__left_on=None).count()


def viewer_of_pass(text: str) -> Viewer:
    """What somebody may do who unlocked a tablet: the field's work at its unit, by the roles they
    hold today. NOBODY for a pass that ended.
    """
    try:
        person_id, tablet_id, version = signing.loads(text, salt=SALT, max_age=PASS_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return NOBODY
    with signing_in(), acting(SYSTEM):
        person = (
            Person.objects.select_related("unit")
            .filter(pk=person_id, is_active=True, left_on=None, pin__version=version)
            .first()
        )
        found = Tablet.objects.select_related("unit").filter(pk=tablet_id, closed_at=None).first()
    if person is None or found is None or person.unit_id != found.unit_id:
        return NOBODY
    return _narrowed(people.viewer(person, _today()), found)


def _today() -> date:
    return local_day(now())


def _narrowed(viewer: Viewer, tablet: Tablet) -> Viewer:
    unit = tablet.unit
    grants = tuple(
        Grant(g.role, unit.pk, unit.path, g.permissions & MAY)
        for g in viewer.grants
        if unit.path.startswith(g.path) and g.permissions & MAY
    )
    return Viewer(viewer.person_id, viewer.name, grants, unit.pk, shared=tablet.name)
