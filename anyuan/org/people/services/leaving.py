"""Leaving and moving, with everything handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import manifest
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer, signing_in
from anyuan.org.units.models import Unit

from ..models import Password, Person, Post
from .accounts import void_invitations
from .authority import require_over
from .naming import record_account_event
from .persons import enter
from .roles import end_grants


# -- the organisation ---------------------------------------------------------
@dataclass(frozen=True)
class Belonging:
    """One thing a person answers for: `kind` names its keeper, `pk` the row, `what` says it in
    words.
    """

    kind: str
    pk: int
    what: str

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"


class Keeper(Protocol):
    """Knows what of its kind a person answers for, and gives it to another (or to nobody) from a
    day on.
    """

    def held(self, person: Person) -> list[Belonging]: ...
    def hand(self, pk: int, to: Person | None, on: date) -> None: ...


# -- leaving ------------------------------------------------------------------
def keepers() -> dict[str, Keeper]:
    """Who knows what somebody answers for, by the kind of it; each app says its own."""
    return {kind: made() for kind, made in manifest.by_name("keepers").items()}


def belongings(person: Person) -> list[Belonging]:
    """Everything a person answers for, of every kind."""
    return [b for keeper in keepers().values() for b in keeper.held(person)]


@transaction.atomic
def leave(*, person: Person, heirs: Mapping[str, Person | None], by: Viewer, at: datetime) -> None:
    """End somebody's time at the unit: what was theirs goes to the heirs named by its key, and the
    account is closed.

    :raises Refused: something is theirs for which nobody was named, not even "nobody".
    """
    if person.pk == by.person_id:
        raise Refused(_("You cannot end your own account. Ask another leader of your office."))
    require_over(by, person, at)
    # A second click, or another office at the same moment: whoever has left leaves no more, and is
    # nobody's to move.
    if not Person.objects.select_for_update().filter(pk=person.pk, left_on=None).exists():
        raise Refused(_("%(name)s has left.") % {"name": person.name})
    today = local_day(at)
    theirs = belongings(person)
    open_ = [b.what for b in theirs if b.key not in heirs]
    if open_:
        raise Refused(_("Please say who takes over: %(what)s.") % {"what": "、".join(open_[:5])})
    for b in theirs:
        keepers()[b.kind].hand(b.pk, heirs[b.key], today)
    Post.objects.filter(person=person, until=None).update(until=today)
    end_grants(list(person.grants.filter(until=None).values_list("pk", flat=True)), today)
    Person.objects.filter(pk=person.pk).update(left_on=today, is_active=False)
    void_invitations([person.pk], at)
    record_account_event("person.left", person, by, at, handed=len(theirs))


@transaction.atomic
def move(
    *,
    person: Person,
    to: Unit,
    title: str,
    heirs: Mapping[str, Person | None],
    by: Viewer,
    at: datetime,
) -> Person:
    """Let somebody leave one unit for another in one act: what was theirs is handed over, their
    account goes with them, without roles.

    What they recorded stays at the unit they leave, under the row that stays there; returns the row
    at the new one.
    :raises Denied: the mover may not enter people at both. :raises Refused:
    """
    by.require("org.edit", to.path)
    if to.pk == person.unit_id or to.closed_on:
        raise Refused(_("Please choose another unit that is open."))
    leave(person=person, heirs=heirs, by=by, at=at)
    # Read again now that the row is held: an account given a moment ago goes along too.
    current = Person.objects.get(pk=person.pk)
    encoded = current.password
    Person.objects.filter(pk=person.pk).update(username=None)
    new = enter(
        unit=to,
        name=person.name,
        number=person.number,
        phone=person.phone,
        title=title,
        by=by,
        at=at,
    )
    Person.objects.filter(pk=new.pk).update(username=current.username)
    with signing_in():
        Password.objects.filter(person_id=person.pk).delete()
        Password.objects.filter(person_id=new.pk).update(encoded=encoded)
        Authenticator.objects.filter(user_id=person.pk).update(user_id=new.pk)
        SocialAccount.objects.filter(user_id=person.pk).update(user_id=new.pk)
    record_account_event("person.moved", person, by, at, to=to.name)
    return new


KEPT_AFTER_LEAVING = timedelta(days=92)


def forget_who_left(at: datetime) -> int:
    """Telephones and accounts three months after their people left; names stay under what they
    did.
    """
    over = Person.objects.filter(left_on__lt=local_day(at) - KEPT_AFTER_LEAVING)
    known = over.exclude(phone="", username=None, last_login=None)
    with signing_in():
        Password.objects.filter(person__in=over).delete()
    return known.update(phone="", username=None, last_login=None)
