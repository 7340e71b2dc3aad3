"""Who may act over whose account: nobody over somebody above them, or beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Viewer, acting, signing_in

from ..models import Password, Person, RoleGrant
from ..rules import Held, lacks_over


def require_over(by: Viewer, person: Person, at: datetime, *, beside: bool = False) -> None:
    """Decided on all roles that both hold now, also those at units that the actor cannot see. Both
    are locked, so that of two who end each other at once the second is told that they may no more.

    `beside`: whoever holds the same role may do this too.

    :raises Denied: a role of the person is not theirs to give.
    """
    by.require("org.edit", person.unit.path)
    if by.system:
        return
    with acting(SYSTEM):
        rows = _roles([by.pk, person.pk], at).select_for_update(of=("self",))
        _decide(by, person, rows, beside=beside)


def may_act_over(by: Viewer, person: Person, at: datetime) -> bool:
    """Whether somebody may rename, invite or end a person."""
    with acting(SYSTEM, read_only=True):
        try:
            by.require("org.edit", person.unit.path)
            _decide(by, person, _roles([by.pk, person.pk], at), beside=False)
        except Denied:
            return False
    return True


def not_under(
    by: Viewer, persons: Sequence[Person], at: datetime, *, beside: bool = False
) -> set[int]:
    """Of many people (with an id) those whom `require_over` would refuse. Three queries."""
    ids = [p.pk for p in persons if p.pk]
    if by.system or not ids:
        return set()
    with acting(SYSTEM):
        rows = list(_roles([by.pk, *ids], at).select_for_update(of=("self",)))
    with signing_in():
        known = Password.objects.filter(person_id__in=ids)
        with_password = set(known.values_list("person_id", flat=True))
    held: dict[int, list[Held]] = {}
    for row in rows:
        held.setdefault(row.person_id, []).append(Held(row.role, row.unit.path))
    mine = held.get(by.pk, [])
    return {
        pk
        for pk in ids
        if lacks_over(mine, held.get(pk, []), beside=beside or pk not in with_password)
    }


def require_own_unit(person: Person, unit_id: int) -> None:
    """:raises Refused: a role is held at the unit that one belongs to, so that whoever is over a
    person there is over all that they may do.
    """
    if person.unit_id != unit_id:
        raise Refused(
            _("%(name)s belongs to another unit. Let them move there first, then give the role.")
            % {"name": person.name}
        )


def _roles(person_ids: Iterable[int], at: datetime) -> QuerySet[RoleGrant]:
    held = Q(until=None) | Q(until__gt=local_day(at))
    rows = RoleGrant.objects.filter(held, person_id__in=set(person_ids))
    return rows.select_related("unit").order_by("pk")


def _decide(by: Viewer, person: Person, rows: Iterable[RoleGrant], *, beside: bool) -> None:
    roles: dict[int, list[Held]] = {by.pk: [], person.pk: []}
    for row in rows:
        roles[row.person_id].append(Held(row.role, row.unit.path))
    mine, theirs = roles[by.pk], roles[person.pk]
    # Whoever has no account yet is nobody to be taken for: a new leader gets their first slip from
    # the one beside them.
    beside = beside or not person.has_usable_password()
    missing = lacks_over(mine, theirs, beside=beside)
    if missing:
        raise Denied(f"{missing} is not yours to end")
