"""Waiting zones by class."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.naming import rename
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit

from .. import queries
from ..forms import ZoneForm
from ..models import WaitingZone
from ..rules import MOST_CLASSES, MOST_ZONES


# -- waiting zones ------------------------------------------------------------------
@transaction.atomic
def set_zone(
    *,
    unit: Unit,
    given: ZoneForm,
    instead: WaitingZone | None = None,
    by: Viewer,
    at: datetime,
) -> WaitingZone:
    """Say which classes are fetched where and when, or change the zone `instead`; the same name
    again changes it. :raises Refused: a class waits elsewhere already.
    """
    by.require("roster.make", unit.path)
    if given.place is not None and given.place.unit_id != unit.pk:
        raise Refused(_("The place belongs to another unit."))
    if not 1 <= len(given.classes) <= MOST_CLASSES:
        raise Refused(_("Please write from one to %(n)d classes.") % {"n": MOST_CLASSES})
    if instead is not None:
        rename(WaitingZone.objects.filter(unit=unit), instead, given.name)
    others = WaitingZone.objects.filter(unit=unit).exclude(name=given.name)
    if others.count() >= MOST_ZONES:
        raise Refused(_("At most %(n)d zones can be kept.") % {"n": MOST_ZONES})
    for other in others.order_by("pk"):
        if twice := [c for c in given.classes if c in other.classes]:
            raise Refused(
                _("%(class)s is already fetched at “%(zone)s”.")
                % {
                    "class": "、".join(twice[:5]),
                    "zone": other.name,
                }
            )
    row, _new = WaitingZone.objects.update_or_create(
        unit=unit,
        name=given.name,
        defaults={
            "place": given.place,
            "comes_out": given.comes_out,
            "classes": list(given.classes),
        },
    )
    audit.record(
        "zone.set",
        by=by,
        at=at,
        unit_id=unit.pk,
        subject=given.name,
        zone=row.pk,
        classes=len(given.classes),
    )
    return row


@transaction.atomic
def drop_zone(*, zone_id: int, by: Viewer, at: datetime) -> Unit:
    row = queries.zone(zone_id)
    by.require("roster.make", row.unit.path)
    audit.record("zone.dropped", by=by, at=at, unit_id=row.unit_id, subject=row.name)
    row.delete()
    return row.unit
