"""What a phone takes along: who I am, my duties of the next seven days, the routes, and what can be
recorded.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from anyuan.kernel import manifest
from anyuan.kernel.clock import now
from anyuan.kernel.http import viewer_of
from anyuan.kernel.scoping import acting
from anyuan.org.units import queries as units

router = Router(tags=["field kit"])
MOST_UNITS = (
    40  # a station's officer visits dozens of schools; a bureau's clerk needs no phone full of all
)


class Field(Schema):
    """Only what the work of the next days needs."""

    person: int
    name: str
    units: list[dict[str, Any]] = []
    shifts: list[dict[str, Any]] = []
    zones: list[dict[str, Any]] = []
    routes: list[dict[str, Any]] = []
    running: list[dict[str, Any]] = []
    activities: list[dict[str, Any]] = []
    owed: list[dict[str, Any]] = []
    hazards: list[dict[str, Any]] = []
    checklists: list[dict[str, Any]] = []
    stops: list[dict[str, Any]] = []


@router.get("/field/me", response=dict[str, Any], summary="Whose session this is")
def me(request: HttpRequest) -> dict[str, Any]:
    """So that a phone sends nobody's work under another's name."""
    viewer = viewer_of(request)
    return {"person": viewer.person_id, "name": viewer.name}


@router.get(
    "/field", response={200: Field, 403: dict[str, str]}, summary="What a phone takes along"
)
def field(request: HttpRequest) -> Any:
    """My shifts of the next seven days with their places, the routes of my campus, open rounds, and
    the catalogue.
    """
    viewer, moment = viewer_of(request), now()
    if not viewer.may("fact.record"):
        return Status(403, {"because": "nothing to record"})
    with acting(viewer, read_only=True):
        own = [u for u in units.held_by(viewer) if viewer.may("fact.record", u.path)]
        campuses = [u for u in own if u.is_campus]
        below = campuses or [u for o in own for u in units.campuses(o)][:MOST_UNITS]
        named = [*campuses, *(u for u in below if u not in campuses)]
        taken = {
            "person": viewer.pk,
            "name": viewer.name,
            "units": [{"id": u.pk, "name": u.name} for u in named],
        }
        for share in manifest.opened("take_along"):
            taken |= share(viewer, campuses, moment)
        return taken
