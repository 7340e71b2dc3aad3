"""Routes and their points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.field.patrols.queries import routes
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.naming import rename
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Place, Unit
from anyuan.record.evidence.services import files

from ..forms import RouteForm
from ..models import CampusPicture, PatrolPoint, Route

MOST_POINTS = 60


MOST_ROUTES = 30


# -- routes -------------------------------------------------------------------------
@transaction.atomic
def set_route(
    *,
    unit: Unit,
    given: RouteForm,
    instead: Route | None = None,
    by: Viewer,
    at: datetime,
) -> Route:
    """Say that a route is walked, or change the route `instead`, also its name.

    The same name again changes it. :raises Refused:
    """
    by.require("roster.make", unit.path)
    if (
        Route.objects.filter(unit=unit, closed_on=None).exclude(name=given.name).count()
        >= MOST_ROUTES
    ):
        raise Refused(_("At most %(n)d routes can be kept.") % {"n": MOST_ROUTES})
    if instead is not None:
        rename(Route.objects.filter(unit=unit, closed_on=None), instead, given.name)
    row, _new = Route.objects.update_or_create(
        unit=unit,
        name=given.name,
        closed_on=None,
        defaults={
            "kind": given.kind,
            "rounds": given.rounds,
            "apart": given.apart,
            "head_count": given.head_count,
        },
    )
    audit.record("route.set", by=by, at=at, unit_id=unit.pk, subject=given.name, route=row.pk)
    return row


@transaction.atomic
def close_route(*, route_id: int, by: Viewer, at: datetime) -> Route:
    row = routes.route(route_id)
    by.require("roster.make", row.unit.path)
    Route.objects.filter(pk=row.pk, closed_on=None).update(closed_on=local_day(at))
    return row


@transaction.atomic
def set_points(*, route_id: int, places: Sequence[Place], by: Viewer, at: datetime) -> Route:
    """Say which places a route passes, in order.

    A round under way keeps the points it began with.
    """
    row = routes.route(route_id)
    by.require("roster.make", row.unit.path)
    wanted = [p for p in places if p.unit_id == row.unit_id]
    if len(wanted) > MOST_POINTS:
        raise Refused(_("At most %(n)d points can be kept.") % {"n": MOST_POINTS})
    PatrolPoint.objects.filter(route=row, closed_on=None).exclude(place__in=wanted).update(
        closed_on=local_day(at)
    )
    for i, place in enumerate(wanted):
        PatrolPoint.objects.update_or_create(
            route=row, place=place, closed_on=None, defaults={"unit": row.unit, "order": i}
        )
    Route.objects.filter(pk=row.pk).update(points_at=at)
    audit.record(
        "route.points",
        by=by,
        at=at,
        unit_id=row.unit_id,
        subject=row.name,
        route=row.pk,
        points=len(wanted),
    )
    return row


@transaction.atomic
def place_point(
    *,
    checkpoint_id: int,
    x: float | None,
    y: float | None,
    bends: list[list[float]],
    stairs: bool,
    expected: int | None,
    by: Viewer,
) -> PatrolPoint:
    """Put a point on the campus picture with the corners of the way to it, and say whether one
    climbs to it and how many pupils sleep there.
    """
    row = routes.checkpoint(checkpoint_id)
    by.require("roster.make", row.unit.path)
    PatrolPoint.objects.filter(pk=row.pk).update(
        x=x, y=y, bends=bends, stairs=stairs, expected=expected
    )
    return row


@transaction.atomic
def set_picture(*, unit: Unit, upload: files.Upload, by: Viewer, at: datetime) -> CampusPicture:
    """Keep the plan of a campus as a picture. :raises Refused: no picture, or too large."""
    by.require("roster.make", unit.path)
    kept = files.keep_picture(unit=unit, upload=upload)
    row, _new = CampusPicture.objects.update_or_create(
        unit=unit,
        defaults={
            "digest": kept.digest,
            "content_type": kept.content_type,
            "width": kept.width,
            "height": kept.height,
            "placed_at": at,
        },
    )
    audit.record("campus.picture", by=by, at=at, unit_id=unit.pk, subject=unit.name)
    return row
