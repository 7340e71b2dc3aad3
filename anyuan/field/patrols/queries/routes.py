"""Routes and points."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from anyuan.field.presence.queries import place_codes
from anyuan.kernel.scoping import visible
from anyuan.org.units.models import Place, Unit

from ..models import CampusPicture, PatrolPoint, Route


def routes(unit: Unit) -> list[Route]:
    """The open routes of a unit with their open points (`points`)."""
    open_ = PatrolPoint.objects.filter(closed_on=None).select_related("place")
    points = Prefetch("checkpoints", open_.order_by("order", "pk"))
    rows = Route.objects.filter(unit=unit, closed_on=None).prefetch_related(points)
    return list(rows.order_by("kind", "name", "pk"))


def route(pk: int) -> Route:
    """:raises Invisible:"""
    return visible(Route.objects.select_related("unit").order_by("pk"), pk)


def points(route: Route) -> list[PatrolPoint]:
    return list(
        route.checkpoints.filter(closed_on=None).select_related("place").order_by("order", "pk")
    )


def checkpoint(pk: int) -> PatrolPoint:
    """:raises Invisible:"""
    return visible(PatrolPoint.objects.select_related("unit", "route", "place").order_by("pk"), pk)


def picture(unit: Unit) -> CampusPicture | None:
    return CampusPicture.objects.filter(unit=unit).order_by("pk").first()


def label_places(unit: Unit, units_places: Sequence[Place]) -> list[tuple[Place, int]]:
    """The places whose codes are printed: all of them, with the version of each."""
    versions = place_codes.versions(units_places)
    return [(p, versions[p.pk]) for p in units_places]
