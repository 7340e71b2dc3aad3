"""Roles are given and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer, visible
from anyuan.org.units.models import Unit

from ..models import (
    Person,
    RoleGrant,
)
from ..rules import (
    YEARS_KEPT,
    fits,
    gives,
)
from .accounts import void_invitations
from .authority import require_over, require_own_unit
from .naming import record_account_event


@transaction.atomic
def give_role(*, person: Person, role: str, unit: Unit, by: Viewer, at: datetime) -> None:
    """:raises Denied: the role is not the giver's to give there.

    :raises Refused: the person has no account.
    """
    by.require("org.edit", unit.path)
    held = {g.role for g in by.grants if unit.path.startswith(g.path)}
    if not by.system and (role not in gives(held) or person.pk == by.person_id):
        raise Denied(f"{role} is not yours to give")
    require_own_unit(person, unit.pk)
    require_over(by, person, at, beside=True)
    if not fits(role, unit.kind):
        raise Refused(_("This role cannot be held at %(unit)s.") % {"unit": unit.name})
    void_invitations([person.pk], at)
    if RoleGrant.objects.filter(person=person, role=role, unit=unit, until=None).exists():
        return
    RoleGrant.objects.update_or_create(
        person=person, role=role, unit=unit, since=local_day(at), defaults={"until": None}
    )
    record_account_event("role.given", person, by, at, role=role)


@transaction.atomic
def end_role(*, grant_id: int, by: Viewer, at: datetime) -> Person:
    """:raises Denied: the role is not theirs to end."""
    row = visible(RoleGrant.objects.select_related("person__unit", "unit").order_by("pk"), grant_id)
    require_over(by, row.person, at, beside=True)
    end_grants([row.pk], local_day(at))
    void_invitations([row.person_id], at)
    record_account_event("role.ended", row.person, by, at, role=row.role)
    return row.person


def end_grants(ids: Sequence[int], today: date) -> None:
    """A role given today is taken back whole; an older one ends today."""
    RoleGrant.objects.filter(pk__in=ids, since__gte=today).delete()
    RoleGrant.objects.filter(pk__in=ids).update(until=today)


def forget_ended(at: datetime) -> int:
    """Roles that ended as long ago as the audit log forgets its events."""
    return RoleGrant.objects.filter(until__lt=local_day(at - YEARS_KEPT)).delete()[0]
