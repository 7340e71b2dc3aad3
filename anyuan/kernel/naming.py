"""Giving a row another name where a name may stand once."""

from __future__ import annotations

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from .commands import Refused


def rename[M: Model](rows: QuerySet[M], row: M, name: str) -> None:
    """Give one of these rows another name.

    :raises Refused: another of them has it, or it is not among them.
    """
    if rows.filter(name=name).exclude(pk=row.pk).exists():
        raise Refused(_("Another one is called “%(name)s” already.") % {"name": name})
    if not rows.filter(pk=row.pk).update(name=name):
        raise Refused(_("It is no longer there."))
