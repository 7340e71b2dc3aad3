"""Accounts: slips, known browsers, codes, the emergency look."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from anyuan.kernel import secret
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Viewer, acting, signing_in
from anyuan.kernel.text import typed_code
from anyuan.org.audit import services as audit
from anyuan.org.people.rules import DEVICE_DAYS
from anyuan.org.units.models import Unit

from ..models import (
    BreakGlass,
    Device,
    DeviceCode,
    Invitation,
    Person,
    RoleGrant,
)
from ..rules import (
    DEVICE_CODE_MINUTES,
    GLASS_MINUTES,
    INVITATION_DAYS,
    SLIP_LETTERS,
    YEARS_KEPT,
    Role,
    device_digest,
)
from .authority import require_over
from .naming import found_by, record_account_event


@transaction.atomic
def create(*, username: str, name: str, unit: Unit, password: str, demo: bool = False) -> Person:
    pinyin, initials = found_by(name)
    person = Person(
        username=username, name=name, unit=unit, demo=demo, pinyin=pinyin, initials=initials
    )
    person.set_password(password)
    person.save()
    return person


@transaction.atomic
def grant(*, person: Person, role: str, unit: Unit, since: date) -> RoleGrant:
    row, _ = RoleGrant.objects.get_or_create(person=person, role=role, unit=unit, since=since)
    return row


def void_invitations(person_ids: Sequence[int], at: datetime) -> None:
    """A slip is worth what its maker could do over the person then; once that changes, a new one is
    needed.
    """
    Invitation.objects.filter(person_id__in=person_ids, used_at=None).update(used_at=at)


# -- accounts -------------------------------------------------------------------
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is mistaken for another on paper


@transaction.atomic
def invite(
    *, person: Person, username: str, ends_factor: bool = False, by: Viewer, at: datetime
) -> str:
    """Give a person an account, or a way back into it: returns a one-time code to hand over on
    paper.

    :param ends_factor: their second factor is lost too, and ends once the code is used. :raises
    Refused:
    """
    require_over(by, person, at)
    # Held, so that nobody moves or leaves while a slip is made for them.
    person = Person.objects.select_for_update().select_related("unit").get(pk=person.pk)
    if person.left_on:
        raise Refused(_("%(name)s has left.") % {"name": person.name})
    with signing_in():
        if Person.objects.filter(username=username).exclude(pk=person.pk).exists():
            raise Refused(
                _("The account “%(name)s” belongs to somebody else. Choose another.")
                % {"name": username}
            )
    Person.objects.filter(pk=person.pk).update(username=username)
    code = "".join(secrets.choice(_LETTERS) for _i in range(SLIP_LETTERS))
    Invitation.objects.filter(person=person, used_at=None).update(used_at=at)
    Invitation.objects.create(
        unit=person.unit,
        person=person,
        digest=secret.digest("invitation", f"{person.pk}|{code}"),
        made_by_id=by.person_id or 0,
        made_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
        ends_factor=ends_factor,
    )
    record_account_event("account.invited", person, by, at, ends_factor=ends_factor)
    return code


@transaction.atomic
def end_sessions(*, person: Person, by: Viewer, at: datetime) -> int:
    """Sign somebody out everywhere, e.g. because a phone was lost; returns of how many browsers.

    No browser is known any more; password and second factor stay.
    """
    require_over(by, person, at)
    with acting(SYSTEM):
        rows = list(UserSession.objects.filter(user=person))
        for row in rows:
            row.end()
        Device.objects.filter(person=person).delete()
    record_account_event("account.sessions_ended", person, by, at, sessions=len(rows))
    return len(rows)


@transaction.atomic
def welcome(*, username: str, code: str, password: str, mark: str, at: datetime) -> Person:
    """Set a password by a one-time code. Works once; every older session and known browser ends
    with it, this one is known from now on.

    The second factor stays, unless the office said that it is lost too. :raises Refused:
    """
    wrong = _(
        "The user name and the code do not match, or the code has been used or is older than a"
        " week. Ask your office for a new one."
    )
    invitation = (
        Invitation.objects.select_for_update()
        .filter(person__username=username, used_at=None, expires_at__gt=at)
        .order_by("pk")
        .first()
    )
    # The code is of this person: copied to another's invitation it opens nothing.
    said = f"{invitation.person_id}|{typed_code(code).upper()}" if invitation else ""
    if invitation is None or not secret.agrees("invitation", said, invitation.digest):
        raise Refused(wrong)
    person = Person.objects.get(pk=invitation.person_id)
    if not person.is_active:
        raise Refused(wrong)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    person.set_password(password)
    person.keep_password()
    Invitation.objects.filter(pk=invitation.pk).update(used_at=at)
    if invitation.ends_factor:
        Authenticator.objects.filter(user_id=person.pk).delete()
    SocialAccount.objects.filter(user_id=person.pk).delete()
    Device.objects.filter(person=person).delete()
    know_device(person=person, mark=mark, at=at)
    return person


# -- browsers -------------------------------------------------------------------
def know_device(*, person: Person, mark: str, at: datetime) -> bool:
    """Remember that somebody signed in in the browser that bears this mark; returns whether it is
    new.
    """
    _row, new = Device.objects.update_or_create(
        person=person,
        digest=device_digest(mark),
        defaults={"seen_at": at},
        create_defaults={"unit_id": person.unit_id, "since": at, "seen_at": at},
    )
    return new


@transaction.atomic
def device_code(*, person: Person, by: Viewer, at: datetime) -> str:
    """A code with which somebody signs in in another browser: for oneself, or by whoever may act
    over them. The one before it ends.
    """
    if person.pk != by.person_id:
        require_over(by, person, at)
    code = f"{secrets.randbelow(10**6):06d}"
    DeviceCode.objects.update_or_create(
        person=person,
        defaults={
            "unit_id": person.unit_id,
            "digest": secret.digest("device", f"{person.pk}|{code}"),
            "until": at + timedelta(minutes=DEVICE_CODE_MINUTES),
        },
    )
    record_account_event("account.device_code", person, by, at)
    return code


@transaction.atomic
def take_device_code(*, person: Person, code: str, at: datetime) -> bool:
    """Whether this is the code; once it was, it is none any more."""
    row = (
        DeviceCode.objects.select_for_update()
        .filter(person=person, until__gt=at)
        .order_by("pk")
        .first()
    )
    if row is None or not secret.agrees("device", f"{person.pk}|{typed_code(code)}", row.digest):
        return False
    row.delete()
    return True


@transaction.atomic
def forget_devices(*, but: str, by: Viewer, at: datetime) -> int:
    """Let no browser of one's own be known any more but the one with this mark; returns how many
    are forgotten.
    """
    person = Person.objects.get(pk=by.pk)
    count, _by = Device.objects.filter(person=person).exclude(digest=device_digest(but)).delete()
    record_account_event("account.devices_forgotten", person, by, at, devices=count)
    return count


@transaction.atomic
def break_glass(
    *, person_id: int, unit_id: int, path: str, reason: str, by: Viewer, at: datetime
) -> BreakGlass:
    """Let an administrator look, for an hour and only look; the leaders see who, when and why.

    :raises Refused:
    """
    if not any(g.role == Role.OPERATOR and path.startswith(g.path) for g in by.grants):
        raise Denied("only an administrator of the unit")
    if len(reason) < 8:
        raise Refused(_("Please say what for, in a sentence; the leaders will read it."))
    with acting(Viewer(by.person_id, by.name, by.grants, by.home_unit_id, system=True)):
        row = BreakGlass.objects.create(
            unit_id=unit_id,
            person_id=person_id,
            reason=reason[:200],
            opened_at=at,
            closes_at=at + timedelta(minutes=GLASS_MINUTES),
        )
        audit.record(
            "glass.broken", by=by, at=at, unit_id=unit_id, subject=reason, minutes=GLASS_MINUTES
        )
    return row


def forget_invitations(at: datetime) -> int:
    """Slips a month after they ended."""
    return Invitation.objects.filter(expires_at__lt=at - timedelta(days=31)).delete()[0]


def forget_devices_unseen(at: datetime) -> int:
    """Browsers that were not seen for long, and those of whoever left."""
    unseen = Q(seen_at__lt=at - timedelta(days=DEVICE_DAYS))
    return Device.objects.filter(unseen | Q(person__left_on__isnull=False)).delete()[0]


def forget_device_codes(at: datetime) -> int:
    """Codes for another browser, once they ended."""
    return DeviceCode.objects.filter(until__lt=at).delete()[0]


def forget_looks(at: datetime) -> int:
    """Looks of administrators, as long ago as the audit log forgets its events."""
    return BreakGlass.objects.filter(closes_at__lt=at - YEARS_KEPT).delete()[0]
