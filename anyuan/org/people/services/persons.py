"""People are entered and changed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.org.units.models import Unit

from ..models import (
    Person,
    Post,
)
from .authority import require_over
from .naming import found_by, record_account_event


@transaction.atomic
def enter(
    *, unit: Unit, name: str, number: str, phone: str, title: str, by: Viewer, at: datetime
) -> Person:
    """Enter a person at a unit, with a post if one is said.

    :raises Refused: there is one of that name and number.
    """
    by.require("org.edit", unit.path)
    if Person.objects.filter(unit=unit, name=name, number=number, left_on=None).exists():
        raise Refused(
            _(
                "%(name)s is already entered at %(unit)s. Two people of one name are told apart by"
                " a staff number."
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
    record_account_event("person.entered", person, by, at)
    return person


@transaction.atomic
def change(*, person: Person, name: str, number: str, phone: str, by: Viewer, at: datetime) -> None:
    """Change somebody's telephone; their name and number too, where one may act over them.

    :raises Denied, Refused:
    """
    by.require("org.edit", person.unit.path)
    if (name, number) != (person.name, person.number):
        # Names stand under records and signatures: nobody changes their own, or a superior's.
        require_over(by, person, at)
        if person.pk == by.person_id:
            raise Denied("nobody changes their own name")
    if (
        Person.objects.filter(unit_id=person.unit_id, name=name, number=number, left_on=None)
        .exclude(pk=person.pk)
        .exists()
    ):
        raise Refused(
            _(
                "%(name)s is already entered at %(unit)s. Two people of one name are told apart by"
                " a staff number."
            )
            % {"name": name, "unit": person.unit.name}
        )
    pinyin, initials = found_by(name)
    Person.objects.filter(pk=person.pk).update(
        name=name, number=number, phone=phone, pinyin=pinyin, initials=initials
    )
    record_account_event("person.changed", person, by, at)


@transaction.atomic
def add_post(*, person: Person, unit: Unit, title: str, by: Viewer, at: datetime) -> None:
    """Give a person a post; a second click adds nothing."""
    by.require("org.edit", unit.path)
    _made, new = Post.objects.get_or_create(
        person=person, unit=unit, title=title, until=None, defaults={"since": local_day(at)}
    )
    if new:
        record_account_event("post.given", person, by, at, title=title)


@transaction.atomic
def come_back(*, person: Person, by: Viewer, at: datetime) -> None:
    """Undo a leaving on the person's page: they belong to the unit again, without roles or posts
    until given.
    """
    require_over(by, person, at, beside=True)
    if Person.objects.filter(
        unit_id=person.unit_id, name=person.name, number=person.number, left_on=None
    ).exists():
        raise Refused(
            _(
                "%(name)s is already entered at %(unit)s. Two people of one name are told apart by"
                " a staff number."
            )
            % {"name": person.name, "unit": person.unit.name}
        )
    Person.objects.filter(pk=person.pk).update(left_on=None, is_active=True)
    record_account_event("person.back", person, by, at)
