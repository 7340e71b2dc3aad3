"""Checkpoints go to a second place by mail: whoever owns this machine cannot rewrite all."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils.translation import gettext as _

from anyuan.kernel.scoping import SYSTEM, acting

from ..models import Checkpoint, Deposit

# Our own: how long after a failure it is tried again, and how long an old one is still sent.
AGAIN, STILL = timedelta(hours=1), timedelta(days=7)


def send_waiting(at: datetime) -> int:
    """Send what was signed in the last days and no mail server took yet; returns how many went.
    Nothing is sent where no second place is set, nor by the demo.
    """
    if settings.DEMO or not (settings.CHECKPOINT_MAIL and settings.MAIL_FROM):
        return 0
    waits = Q(deposit=None) | Q(deposit__taken_at=None, deposit__tried_at__lt=at - AGAIN)
    with acting(SYSTEM, read_only=True):
        rows = list(Checkpoint.objects.filter(waits, made_at__gt=at - STILL).order_by("day"))
    return sum(_send(row, at) for row in rows)


def _send(row: Checkpoint, at: datetime) -> bool:
    mail = EmailMessage(
        _("Anyuan checkpoint of %(day)s") % {"day": row.day.isoformat()},
        _(
            "Keep this file away from the machine that it speaks of. To compare it later:"
            " anyuan evidence verify --checkpoint FILE"
        ),
        settings.MAIL_FROM,
        list(settings.CHECKPOINT_MAIL),
    )
    said = json.dumps({**row.body, "signature": row.signature}, ensure_ascii=False, indent=1)
    mail.attach(f"anyuan-checkpoint-{row.day.isoformat()}.json", said, "application/json")
    problem = ""
    try:
        mail.send(using="default")
    except OSError as error:  # of the network, or smtplib's own
        problem = f"{type(error).__name__}: {error}"[:200]
    with acting(SYSTEM):
        Deposit.objects.update_or_create(
            checkpoint=row,
            defaults={
                "address": ",".join(settings.CHECKPOINT_MAIL)[:200],
                "tried_at": at,
                "taken_at": None if problem else at,
                "problem": problem,
            },
        )
    return not problem
