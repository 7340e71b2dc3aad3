"""What a phone takes along: who I am, my duties of the next seven days, the routes, and what can be recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from anyuan.activities import rules as activities
from anyuan.assessment import queries as assessment
from anyuan.kernel.clock import now
from anyuan.kernel.http import viewer_of
from anyuan.kernel.scoping import acting
from anyuan.patrols import queries as patrols
from anyuan.presence import queries as presence
from anyuan.rosters import queries as rosters
from anyuan.stations import queries as stations
from anyuan.units import queries as units

router = Router(tags=["field kit"])
DAYS = 7
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


def _point(p: patrols.Checkpoint) -> dict[str, Any]:
    return {
        "id": p.pk,
        "place": p.place_id,
        "name": p.place.name,
        "x": p.x,
        "y": p.y,
        "stairs": p.stairs,
        "expected": p.expected,
    }


@router.get("/field/me", response=dict[str, Any], summary="Whose session this is")
def me(request: HttpRequest) -> dict[str, Any]:
    """So that a phone sends nobody's work under another's name."""
    viewer = viewer_of(request)
    return {"person": viewer.person_id, "name": viewer.name}


@router.get(
    "/field", response={200: Field, 403: dict[str, str]}, summary="What a phone takes along"
)
def field(request: HttpRequest) -> Any:
    """My shifts of the next seven days with their places, the routes of my campus, open rounds, and the catalogue."""
    viewer, moment = viewer_of(request), now()
    if not viewer.may("fact.record"):
        return Status(403, {"because": "nothing to record"})
    with acting(viewer, read_only=True):
        own = [u for u in units.own(viewer) if viewer.may("fact.record", u.path)]
        campuses = [u for u in own if u.is_campus]
        below = campuses or [u for o in own for u in units.campuses(o)][:MOST_UNITS]
        shifts = rosters.of_person(
            viewer.person_id or 0, moment - timedelta(hours=2), moment + timedelta(days=DAYS)
        )
        handed = presence.handed_over(
            [s for s in shifts if s.starts_at < moment + timedelta(hours=24)]
        )
        words = presence.handovers([s for s in shifts if s.left_at])
        where = presence.located([s.station.place_id for s in shifts if s.station.place_id])
        owed = assessment.due_now([u.pk for u in campuses], moment) if campuses else []
        return {
            "person": viewer.person_id or 0,
            "name": viewer.name,
            "units": [{"id": u.pk, "name": u.name} for u in [*campuses, *(u for u in below if u not in campuses)]],
            "shifts": [
                {
                    "id": s.pk, "unit": s.unit_id, "station": s.station.name, "kind": s.station.kind, "place": s.station.place.name if s.station.place else "", "starts": s.starts_at.isoformat(), "ends": s.ends_at.isoformat(),
                    "came": s.came_at.isoformat() if s.came_at else None, "left": s.left_at.isoformat() if s.left_at else None, "where": where.get(s.station.place_id or 0),
                    "words": words.get(s.pk, ""),
                    "handed": [{"name": h.name, "words": h.words} for h in handed.get(s.pk, [])],
                }
                for s in shifts
            ],
            "zones": [{"unit": u.pk, "name": z.name, "out": f"{z.comes_out:%H:%M}", "classes": z.classes} for u in campuses if any(s.unit_id == u.pk and s.station.kind == "drop_off" for s in shifts) for z in stations.zones(u)],
            "routes": [
                {"id": r.pk, "unit": u.pk, "name": r.name, "kind": r.get_kind_display(), "heads": r.head_count,
                 "points": [_point(p) for p in r.points]}  # type: ignore[attr-defined]
                for u in campuses for r in patrols.routes(u)
            ],
            "running": [{"key": str(r.key), "route": r.route_id, "started": r.started_at.isoformat(), "points": [_point(c) for c, _ in w.points], "seen": [c.pk for c, s in w.points if s]} for r in patrols.running(viewer.person_id or 0)[:3] for w in [patrols.walk(r)]],
            "activities": [
                {"code": a.code, "zh": a.zh, "en": a.en, "fields": [{"name": f.name, "type": f.type, "zh": f.zh, "en": f.en, "required": f.required, "min": f.min, "max": f.max} for f in a.fields]}
                for a in activities.catalogue().values() if a.code != "declaration"
            ],
            "owed": [
                {"unit": i.unit_id, "obligation": i.obligation.pk, "activity": i.obligation.activity, "action": i.obligation.action, "ends": i.ends.isoformat()}
                for i in owed if i.yields_to is None and i.verdict in {"due", "short", "unknown"}
            ][:40],
        }  # fmt: skip
