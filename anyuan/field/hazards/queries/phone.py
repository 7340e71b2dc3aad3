"""What of hazards and checklists a phone takes along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer
from anyuan.org.units.models import Unit

from ..models import Hazard, HazardState
from . import checklists, rows

MOST_MINE, MOST_CAMPUSES = 30, 3  # a phone of an office takes no lists along; our own bounds


def take_along(viewer: Viewer, campuses: Sequence[Unit], now: datetime) -> dict[str, Any]:
    """The hazards that are this person's to fix; the lists of their campuses, where each is to be
    walked, those longest not walked first.
    """
    today = local_day(now)
    mine = (
        Hazard.objects.filter(owner_id=viewer.pk, state=HazardState.ASSIGNED)
        .select_related("unit", "newest", "owner")
        .order_by("deadline", "pk")[:MOST_MINE]
    )
    walked = campuses if len(campuses) <= MOST_CAMPUSES else []
    stops = [(unit, stop) for unit in walked for stop in checklists.stops(unit, today)]
    lists = {stop.listed.key: stop.listed for _unit, stop in stops}
    return {
        "hazards": [
            {
                "id": row.hazard.pk,
                "what": row.what[:60],
                "measure": row.hazard.measure,
                "until": f"{row.hazard.deadline:%Y-%m-%d}",
            }
            for row in rows(list(mine), today)
        ],
        "checklists": [
            {
                "key": listed.key,
                "version": listed.version,
                "name": listed.name,
                "whole": listed.whole,
                "items": [item.text for item in listed.items],
            }
            for listed in lists.values()
        ],
        "stops": [
            {"list": stop.listed.key, "unit": unit.pk, "place": stop.place.name}
            for unit, stop in stops
        ],
    }
