"""One's own mail address: entered, confirmed, forgotten."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live, secret
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.people.models import Person

from .. import queries
from ..models import Address, Channel, Message
from ..rules import ways


@transaction.atomic
def enter(*, mail: str, by: Viewer, at: datetime) -> None:
    """Enter one's own mail address and have a code mailed to it. :raises Refused:"""
    if not queries.channels().mail:
        raise Refused(_("This installation has no mail server yet. Ask its operator."))
    if not ways.is_mail(mail):
        raise Refused(_("This does not look like a mail address."))
    person = Person.objects.select_related("unit").get(pk=by.pk)
    code = f"{secrets.randbelow(10**6):06d}"
    Address.objects.update_or_create(
        person=person,
        defaults={
            "unit": person.unit,
            "mail": mail,
            "digest": secret.digest("address", f"{person.pk}|{code}"),
            "code_until": at + timedelta(minutes=ways.CODE_MINUTES),
            "confirmed_at": None,
        },
    )
    Message.objects.create(
        unit=person.unit,
        person=person,
        channel=Channel.MAIL,
        key=f"confirm-{secrets.token_hex(8)}",
        subject=_("Your code: %(code)s") % {"code": code},
        body=_(
            "Enter this code on the page of your account to receive messages of Anyuan here:"
            " %(code)s\nIf this was not you, do nothing."
        )
        % {"code": code},
        made_at=at,
        until=at + timedelta(minutes=ways.CODE_MINUTES),
        next_at=at,
    )
    live.notify("messages")


@transaction.atomic
def confirm(*, code: str, by: Viewer, at: datetime) -> None:
    """Give back the code. :raises Refused: wrong, or too late."""
    row = (
        Address.objects.select_for_update()
        .filter(person_id=by.pk, confirmed_at=None, code_until__gt=at)
        .first()
    )
    if row is None or not secret.agrees("address", f"{row.person_id}|{code.strip()}", row.digest):
        raise Refused(
            _(
                "This is not the code, or it is older than half an hour. Enter the address again"
                " for a new one."
            )
        )
    Address.objects.filter(pk=row.pk).update(confirmed_at=at, digest="", code_until=None)


@transaction.atomic
def drop(*, by: Viewer) -> None:
    Address.objects.filter(person_id=by.pk).delete()


# -- robots -----------------------------------------------------------------------


def forget(at: datetime) -> int:
    """Mail addresses of whoever left."""
    return Address.objects.filter(person__left_on__isnull=False).delete()[0]
