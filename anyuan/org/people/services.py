"""Writes of people and the organisation: posts, bodies, charges, and what passes on when somebody leaves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from anyuan.audit import services as audit
from anyuan.kernel import secret
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Viewer, acting, signing_in, visible
from anyuan.units.models import Place, Unit

from .models import (
    Body,
    BreakGlass,
    Charge,
    Device,
    DeviceCode,
    Invitation,
    Membership,
    Person,
    Post,
    RoleGrant,
)
from .rules import (
    DEVICE_CODE_MINUTES,
    GLASS_MINUTES,
    INVITATION_DAYS,
    SLIP_LETTERS,
    Role,
    device_digest,
    fits,
    gives,
)


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


# -- the organisation ---------------------------------------------------------
@dataclass(frozen=True)
class Belonging:
    """One thing a person answers for: `kind` names its keeper, `pk` the row, `what` says it in words."""

    kind: str
    pk: int
    what: str

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"


class Keeper(Protocol):
    """Knows what of its kind a person answers for, and gives it to another (or to nobody) from a day on."""

    def held(self, person: Person) -> list[Belonging]: ...
    def hand(self, pk: int, to: Person | None, on: date) -> None: ...


# Upper storeys add theirs, e.g. the duties a person answers for.
KEEPERS: dict[str, Keeper] = {}


# Family names that sound otherwise than the character does in a word.
FAMILY_NAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "任": "ren", "朴": "piao", "盖": "ge", "乐": "yue", "翟": "zhai", "覃": "qin",
    "缪": "miao", "种": "chong", "召": "shao", "折": "she", "黑": "he", "员": "yun", "宓": "fu", "葛": "ge", "尉": "wei", "繁": "po", "洗": "xian", "冼": "xian", "重": "chong",
}  # fmt: skip


def found_by(name: str) -> tuple[str, str]:
    """Return the pinyin of a name, run together, and its initials."""
    syllables = lazy_pinyin(name)
    if name[:1] in FAMILY_NAMES:
        syllables[0] = FAMILY_NAMES[name[0]]
    return "".join(syllables)[:160].lower(), "".join(s[0] for s in syllables if s)[:40].lower()


@transaction.atomic
def enter(
    *, unit: Unit, name: str, number: str, phone: str, title: str, by: Viewer, at: datetime
) -> Person:
    """Enter a person at a unit, with a post if one is said. :raises Refused: there is one of that name and number."""
    by.require("org.edit", unit.path)
    if Person.objects.filter(unit=unit, name=name, number=number, left_on=None).exists():
        raise Refused(
            _(
                "%(name)s is already entered at %(unit)s. Two people of one name are told apart by a staff number."
            )
            % {"name": name, "unit": unit.name}
        )
    pinyin, initials = found_by(name)
    person = Person(
        unit=unit, name=name, number=number, phone=phone, pinyin=pinyin, initials=initials
    )
    person.set_unusable_password()
    person.save()
    if title:
        Post.objects.create(unit=unit, person=person, title=title, since=local_day(at))
    _said("person.entered", person, by, at)
    return person


@transaction.atomic
def change(*, person: Person, name: str, number: str, phone: str, by: Viewer, at: datetime) -> None:
    """Change somebody's telephone; their name and number too, where one may act over them. :raises Denied, Refused:"""
    by.require("org.edit", person.unit.path)
    if (name, number) != (person.name, person.number):
        # Names stand under records and signatures: nobody changes their own, or a superior's.
        _require_over(by, person)
        if person.pk == by.person_id:
            raise Denied("nobody changes their own name")
    if (
        Person.objects.filter(unit_id=person.unit_id, name=name, number=number, left_on=None)
        .exclude(pk=person.pk)
        .exists()
    ):
        raise Refused(
            _(
                "%(name)s is already entered at %(unit)s. Two people of one name are told apart by a staff number."
            )
            % {"name": name, "unit": person.unit.name}
        )
    pinyin, initials = found_by(name)
    Person.objects.filter(pk=person.pk).update(
        name=name, number=number, phone=phone, pinyin=pinyin, initials=initials
    )
    _said("person.changed", person, by, at)


@transaction.atomic
def add_post(*, person: Person, unit: Unit, title: str, by: Viewer, at: datetime) -> None:
    """Give a person a post; a second click adds nothing."""
    by.require("org.edit", unit.path)
    _made, new = Post.objects.get_or_create(
        person=person, unit=unit, title=title, until=None, defaults={"since": local_day(at)}
    )
    if new:
        _said("post.given", person, by, at, title=title)


@transaction.atomic
def give_role(*, person: Person, role: str, unit: Unit, by: Viewer, at: datetime) -> None:
    """:raises Denied: the role is not the giver's to give there. :raises Refused: the person has no account."""
    by.require("org.edit", unit.path)
    held = {g.role for g in by.grants if unit.path.startswith(g.path)}
    if not by.system and (role not in gives(held) or person.pk == by.person_id):
        raise Denied(f"{role} is not yours to give")
    if not fits(role, unit.kind):
        raise Refused(_("This role cannot be held at %(unit)s.") % {"unit": unit.name})
    _void_invitations([person.pk], at)
    if RoleGrant.objects.filter(person=person, role=role, unit=unit, until=None).exists():
        return
    RoleGrant.objects.update_or_create(
        person=person, role=role, unit=unit, since=local_day(at), defaults={"until": None}
    )
    _said("role.given", person, by, at, role=role)


@transaction.atomic
def end_role(*, grant_id: int, by: Viewer, at: datetime) -> Person:
    """:raises Denied: the role is not theirs to end."""
    row = visible(RoleGrant.objects.select_related("person__unit", "unit").order_by("pk"), grant_id)
    by.require("org.edit", row.unit.path)
    if row.role not in gives({g.role for g in by.grants if row.unit.path.startswith(g.path)}):
        raise Denied(f"{row.role} is not yours to end")
    _end_grants([row.pk], local_day(at))
    _void_invitations([row.person_id], at)
    _said("role.ended", row.person, by, at, role=row.role)
    return row.person


def may_act_over(by: Viewer, person: Person) -> bool:
    """Whether somebody may rename, invite or end a person: whose roles are all theirs to give."""
    try:
        _require_over(by, person)
    except Denied:
        return False
    return True


def _void_invitations(person_ids: Sequence[int], at: datetime) -> None:
    """A slip is worth what its maker could do over the person then; once that changes, a new one is needed."""
    Invitation.objects.filter(person_id__in=person_ids, used_at=None).update(used_at=at)


def _require_over(by: Viewer, person: Person) -> None:
    """:raises Denied: the person holds a role that is not theirs to give; so an officer cannot end their principal."""
    by.require("org.edit", person.unit.path)
    given = gives({g.role for g in by.grants if person.unit.path.startswith(g.path)})
    for role in person.grants.filter(until=None).values_list("role", flat=True):
        if not by.system and role not in given:
            raise Denied(f"{role} is not yours to end")


def _end_grants(ids: Sequence[int], today: date) -> None:
    """A role given today is taken back whole; an older one ends today."""
    RoleGrant.objects.filter(pk__in=ids, since__gte=today).delete()
    RoleGrant.objects.filter(pk__in=ids).update(until=today)


@transaction.atomic
def form_body(*, unit: Unit, name: str, kind: str, purpose: str, by: Viewer, at: datetime) -> Body:
    """Form a body, or change the open one of that name."""
    by.require("org.edit", unit.path)
    body, _made = Body.objects.update_or_create(
        unit=unit, name=name, closed_on=None, defaults={"kind": kind, "purpose": purpose}
    )
    audit.record("body.formed", by=by, at=at, unit_id=unit.pk, subject=name, body=body.pk)
    return body


@transaction.atomic
def seat(*, body: Body, person: Person, rank: str, duty: str, by: Viewer, at: datetime) -> None:
    """Seat a person in a body, or change their seat."""
    by.require("org.edit", body.unit.path)
    Membership.objects.update_or_create(
        body=body,
        person=person,
        until=None,
        defaults={"rank": rank, "duty": duty},
        create_defaults={"unit": body.unit, "rank": rank, "duty": duty, "since": local_day(at)},
    )
    audit.record(
        "body.seat",
        by=by,
        at=at,
        unit_id=body.unit_id,
        subject=body.name,
        body=body.pk,
        person=person.pk,
        rank=rank,
    )


@transaction.atomic
def unseat(*, body: Body, seat_id: int, by: Viewer, at: datetime) -> None:
    by.require("org.edit", body.unit.path)
    if Membership.objects.filter(pk=seat_id, body=body, until=None).update(until=local_day(at)):
        audit.record(
            "body.unseated", by=by, at=at, unit_id=body.unit_id, subject=body.name, body=body.pk
        )


@transaction.atomic
def close_body(*, body: Body, by: Viewer, at: datetime) -> None:
    """Close a body; its seats end with it."""
    by.require("org.edit", body.unit.path)
    if Body.objects.filter(pk=body.pk, closed_on=None).update(closed_on=local_day(at)):
        Membership.objects.filter(body=body, until=None).update(until=local_day(at))
        audit.record(
            "body.closed", by=by, at=at, unit_id=body.unit_id, subject=body.name, body=body.pk
        )


@transaction.atomic
def charge(
    *,
    unit: Unit,
    person: Person,
    area: str,
    place: Place | None,
    school: Unit | None,
    by: Viewer,
    at: datetime,
) -> Charge:
    """Put a person in charge of an area, a place or a school (包保)."""
    by.require("org.edit", unit.path)
    row, new = Charge.objects.get_or_create(
        unit=unit,
        person=person,
        area=area,
        until=None,
        defaults={"since": local_day(at), "place": place, "school": school},
    )
    if new:
        audit.record(
            "charge.given",
            by=by,
            at=at,
            unit_id=unit.pk,
            subject=area,
            charge=row.pk,
            person=person.pk,
        )
    return row


@transaction.atomic
def end_charge(*, charge_id: int, by: Viewer, at: datetime) -> Unit:
    row = visible(Charge.objects.select_related("unit").order_by("pk"), charge_id)
    by.require("org.edit", row.unit.path)
    if Charge.objects.filter(pk=row.pk, until=None).update(until=local_day(at)):
        audit.record(
            "charge.ended", by=by, at=at, unit_id=row.unit_id, subject=row.area, charge=row.pk
        )
    return row.unit


# -- leaving ------------------------------------------------------------------
def belongings(person: Person) -> list[Belonging]:
    """Everything a person answers for, of every kind."""
    return [b for keeper in KEEPERS.values() for b in keeper.held(person)]


@transaction.atomic
def leave(*, person: Person, heirs: Mapping[str, Person | None], by: Viewer, at: datetime) -> None:
    """End somebody's time at the unit: what was theirs goes to the heirs named by its key, and the account is closed.

    :raises Refused: something is theirs for which nobody was named, not even "nobody".
    """
    _require_over(by, person)
    if person.pk == by.person_id:
        raise Refused(_("You cannot end your own account. Ask another leader of your office."))
    # A second click, or another office at the same moment: whoever has left leaves no more, and is nobody's to move.
    if not Person.objects.select_for_update().filter(pk=person.pk, left_on=None).exists():
        raise Refused(_("%(name)s has left.") % {"name": person.name})
    today = local_day(at)
    theirs = belongings(person)
    open_ = [b.what for b in theirs if b.key not in heirs]
    if open_:
        raise Refused(_("Please say who takes over: %(what)s.") % {"what": "、".join(open_[:5])})
    for b in theirs:
        KEEPERS[b.kind].hand(b.pk, heirs[b.key], today)
    Post.objects.filter(person=person, until=None).update(until=today)
    _end_grants(list(person.grants.filter(until=None).values_list("pk", flat=True)), today)
    Person.objects.filter(pk=person.pk).update(left_on=today, is_active=False)
    _void_invitations([person.pk], at)
    _said("person.left", person, by, at, handed=len(theirs))


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
    """Let somebody leave one unit for another in one act: what was theirs is handed over, their account goes with them, without roles.

    What they recorded stays at the unit they leave, under the row that stays there; returns the row at the new one.
    :raises Denied: the mover may not enter people at both. :raises Refused:
    """
    by.require("org.edit", to.path)
    if to.pk == person.unit_id or to.closed_on:
        raise Refused(_("Please choose another unit that is open."))
    leave(person=person, heirs=heirs, by=by, at=at)
    # Read again now that the row is held: an account given a moment ago goes along too.
    current = Person.objects.get(pk=person.pk)
    account = {"username": current.username, "password": current.password}
    Person.objects.filter(pk=person.pk).update(username=None, password=make_password(None))
    new = enter(
        unit=to,
        name=person.name,
        number=person.number,
        phone=person.phone,
        title=title,
        by=by,
        at=at,
    )
    Person.objects.filter(pk=new.pk).update(**account)
    with signing_in():
        Authenticator.objects.filter(user_id=person.pk).update(user_id=new.pk)
        SocialAccount.objects.filter(user_id=person.pk).update(user_id=new.pk)
    _said("person.moved", person, by, at, to=to.name)
    return new


@transaction.atomic
def come_back(*, person: Person, by: Viewer, at: datetime) -> None:
    """Undo a leaving on the person's page: they belong to the unit again, without roles or posts until given."""
    by.require("org.edit", person.unit.path)
    if Person.objects.filter(
        unit_id=person.unit_id, name=person.name, number=person.number, left_on=None
    ).exists():
        raise Refused(
            _(
                "%(name)s is already entered at %(unit)s. Two people of one name are told apart by a staff number."
            )
            % {"name": person.name, "unit": person.unit.name}
        )
    Person.objects.filter(pk=person.pk).update(left_on=None, is_active=True)
    _said("person.back", person, by, at)


class _Seats:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("seat", m.pk, f"{m.body.name} {m.get_rank_display()}")
            for m in person.memberships.filter(until=None).select_related("body").order_by("pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        old = visible(Membership.objects.order_by("pk"), pk)
        Membership.objects.filter(pk=pk).update(until=on)
        if to is not None:
            Membership.objects.get_or_create(
                body_id=old.body_id,
                person=to,
                until=None,
                defaults={"unit_id": old.unit_id, "rank": old.rank, "duty": old.duty, "since": on},
            )


class _Charges:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("charge", c.pk, c.area)
            for c in person.charges.filter(until=None).order_by("pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        old = visible(Charge.objects.order_by("pk"), pk)
        Charge.objects.filter(pk=pk).update(until=on)
        if to is not None:
            Charge.objects.get_or_create(
                unit_id=old.unit_id,
                person=to,
                area=old.area,
                until=None,
                defaults={"since": on, "place_id": old.place_id, "school_id": old.school_id},
            )


KEEPERS.update(seat=_Seats(), charge=_Charges())


def _said(verb: str, person: Person, by: Viewer, at: datetime, **data: object) -> None:
    audit.record(
        verb, by=by, at=at, unit_id=person.unit_id, subject=person.name, person=person.pk, **data
    )


# -- accounts -------------------------------------------------------------------
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is mistaken for another on paper


@transaction.atomic
def invite(
    *, person: Person, username: str, ends_factor: bool = False, by: Viewer, at: datetime
) -> str:
    """Give a person an account, or a way back into it: returns a one-time code to hand over on paper.

    :param ends_factor: their second factor is lost too, and ends once the code is used. :raises Refused:
    """
    _require_over(by, person)
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
        digest=secret.digest("invitation", code),
        made_by_id=by.person_id or 0,
        made_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
        ends_factor=ends_factor,
    )
    _said("account.invited", person, by, at, ends_factor=ends_factor)
    return code


@transaction.atomic
def end_sessions(*, person: Person, by: Viewer, at: datetime) -> int:
    """Sign somebody out everywhere, e.g. because a phone was lost; returns of how many browsers. No browser is known any more; password and second factor stay."""
    _require_over(by, person)
    with acting(SYSTEM):
        rows = list(UserSession.objects.filter(user=person))
        for row in rows:
            row.end()
        Device.objects.filter(person=person).delete()
    _said("account.sessions_ended", person, by, at, sessions=len(rows))
    return len(rows)


@transaction.atomic
def welcome(*, username: str, code: str, password: str, mark: str, at: datetime) -> Person:
    """Set a password by a one-time code. Works once; every older session and known browser ends with it, this one is known from now on.

    The second factor stays, unless the office said that it is lost too. :raises Refused:
    """
    wrong = _(
        "The user name and the code do not match, or the code has been used or is older than a week. Ask your office for a new one."
    )
    found = (
        Invitation.objects.select_for_update()
        .filter(person__username=username, used_at=None, expires_at__gt=at)
        .order_by("pk")
        .first()
    )
    if found is None or not secret.agrees(
        "invitation", code.replace("-", "").replace(" ", "").upper(), found.digest
    ):
        raise Refused(wrong)
    person = Person.objects.get(pk=found.person_id)
    if not person.is_active:
        raise Refused(wrong)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    person.set_password(password)
    person.save(update_fields=["password"])
    Invitation.objects.filter(pk=found.pk).update(used_at=at)
    if found.ends_factor:
        Authenticator.objects.filter(user_id=person.pk).delete()
    SocialAccount.objects.filter(user_id=person.pk).delete()
    Device.objects.filter(person=person).delete()
    know_device(person=person, mark=mark, at=at)
    return person


# -- browsers -------------------------------------------------------------------
def know_device(*, person: Person, mark: str, at: datetime) -> bool:
    """Remember that somebody signed in in the browser that bears this mark; returns whether it is new."""
    _row, new = Device.objects.update_or_create(
        person=person,
        digest=device_digest(mark),
        defaults={"seen_at": at},
        create_defaults={"unit_id": person.unit_id, "since": at, "seen_at": at},
    )
    return new


@transaction.atomic
def device_code(*, person: Person, by: Viewer, at: datetime) -> str:
    """A code with which somebody signs in in another browser: for oneself, or by whoever may act over them. The one before it ends."""
    if person.pk != by.person_id:
        _require_over(by, person)
    code = f"{secrets.randbelow(10**6):06d}"
    DeviceCode.objects.update_or_create(
        person=person,
        defaults={
            "unit_id": person.unit_id,
            "digest": secret.digest("device", f"{person.pk}|{code}"),
            "until": at + timedelta(minutes=DEVICE_CODE_MINUTES),
        },
    )
    _said("account.device_code", person, by, at)
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
    if row is None or not secret.agrees("device", f"{person.pk}|{code.strip()}", row.digest):
        return False
    row.delete()
    return True


@transaction.atomic
def forget_devices(*, but: str, by: Viewer, at: datetime) -> int:
    """Let no browser of one's own be known any more but the one with this mark; returns how many are forgotten."""
    person = Person.objects.get(pk=by.person_id or 0)
    count, _by = Device.objects.filter(person=person).exclude(digest=device_digest(but)).delete()
    _said("account.devices_forgotten", person, by, at, devices=count)
    return count


@transaction.atomic
def break_glass(
    *, person_id: int, unit_id: int, path: str, reason: str, by: Viewer, at: datetime
) -> BreakGlass:
    """Let an administrator look, for an hour and only look; the leaders see who, when and why. :raises Refused:"""
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
