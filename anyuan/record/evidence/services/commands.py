"""A command is answered once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused

from ..models import Command


def answered(command: UUID, person_id: int, verb: str, digest: str) -> Command | None:
    """Claim a command id; return its stored answer if it was applied before.

    :raises Refused: the id was used for something else.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_command (id, person_id, verb, digest) VALUES (%s, %s, %s, %s) ON"
            " CONFLICT (id) DO NOTHING",
            [command, person_id, verb, digest],
        )
        if cursor.rowcount:
            return None
    known = Command.objects.filter(pk=command).first()
    if known is None or known.person_id != person_id or known.digest != digest:
        raise Refused(
            _("This command id was already used for something else. Nothing was changed.")
        )
    return known


def was_answered(command: UUID) -> bool:
    """Whether a command was applied before; then a repeat needs none of its files."""
    return Command.objects.filter(pk=command, status__isnull=False).exists()


def answer(command: UUID, status: int, body: dict[str, Any]) -> None:
    Command.objects.filter(pk=command).update(status=status, answer=body)
