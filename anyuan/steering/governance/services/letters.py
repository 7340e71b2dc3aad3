"""Letters of responsibility."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.obligations.duties import queries as duties
from anyuan.org.audit import services as audit
from anyuan.org.people import queries as people
from anyuan.org.units.models import Unit

from .. import queries
from ..models import (
    Letter,
)


# -- letters ------------------------------------------------------------------
@transaction.atomic
def issue(*, unit: Unit, year: int, by: Viewer, at: datetime) -> int:
    """Write the year's letter of everybody who answers for something and has none yet; an unsigned
    one is brought up to date. Returns how many.
    """
    by.require("letter.issue", unit.path)
    if not 2020 <= year <= local_day(at).year + 1:
        raise Refused(_("Please choose this year or the next."))
    written = 0
    there = {r.person_id: r for r in Letter.objects.filter(unit=unit, year=year)}
    charged: dict[int, list[str]] = {}
    for c in people.charges(unit):
        charged.setdefault(c.person_id, []).append(
            "包保："
            + c.area
            + (f"（{c.place.name}）" if c.place else "")
            + (f"（{c.school.name}）" if c.school else "")
        )
    for person in people.choices(unit):
        lines = charged.get(person.pk, []) + [
            f"{o.action}（{o.plan.title} {o.section}）" for o in duties.of_person(person)
        ]
        old = there.get(person.pk)
        if not lines or (old and (old.signed_at or old.lines == lines)):
            continue
        Letter.objects.update_or_create(
            unit=unit,
            person=person,
            year=year,
            defaults={"lines": lines, "issued_by": by.name, "issued_at": at},
        )
        written += 1
    audit.record("letter.issued", by=by, at=at, unit_id=unit.pk, subject=str(year), letters=written)
    return written


@transaction.atomic
def sign(*, letter_id: int, signature: str, by: Viewer, at: datetime) -> Letter:
    """Sign one's own letter by writing one's name. :raises Denied, Refused:"""
    row = queries.letter(letter_id)
    if row.person_id != by.person_id:
        raise Denied("only the person it names signs it")
    if signature.strip() != row.person.name:
        raise Refused(_("Please sign with your own name: %(name)s.") % {"name": row.person.name})
    if Letter.objects.filter(pk=row.pk, signed_at=None).update(
        signed_at=at, signature=signature.strip()
    ):
        audit.record(
            "letter.signed", by=by, at=at, unit_id=row.unit_id, subject=f"{row.year}", letter=row.pk
        )
    row.refresh_from_db()
    return row
