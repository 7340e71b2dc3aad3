"""What the tests of patrols stand on."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from anyuan.field.patrols.forms import RouteForm
from anyuan.field.patrols.queries import routes as routes_queries
from anyuan.field.patrols.services import rounds as rounds_services
from anyuan.field.patrols.services import routes
from anyuan.field.presence.queries import place_codes
from anyuan.field.presence.rules import code
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.units import services as units
from conftest import NOON, filled


# -- rounds -------------------------------------------------------------------------
@pytest.fixture
def route(campus):
    school = campus.units["实验小学"]
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        places = [
            units.add_place(unit=school, name=n, kind="other") for n in ("东门", "操场", "食堂")
        ]
        made = routes.set_route(
            given=RouteForm(name="日巡", kind="day", rounds=2, apart=30, head_count=False),
            unit=school,
            by=zhao,
            at=NOON,
        )
        routes.set_points(route_id=made.pk, places=places, by=zhao, at=NOON)
    return made


def do(campus, function, who="王门卫", **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return function(by=viewer, **filled(function, more))


def points(route):
    with acting(SYSTEM):
        return routes_queries.points(route)


def scan(campus, key, point, minutes=0, who="王门卫", later=0, **more):
    at = NOON + timedelta(minutes=minutes)
    usual = {
        "code": code(place_codes.key(), point.place_id, version=1),
        "checkpoint_id": None,
        "seen": "fine",
        "note": "",
        "people": None,
        "metres": None,
        "skew": timedelta(0),
    }
    return do(
        campus,
        rounds_services.scan,
        who,
        key=key,
        scanned_at=at,
        at=at + timedelta(minutes=later),
        **{**usual, **more},
    )


def start(campus, route, who="王门卫", key=None):
    key = key or uuid4()
    do(campus, rounds_services.start, who, key=key, route_id=route.pk, started_at=NOON, at=NOON)
    return key


@pytest.fixture
def building(campus, route):
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        dormitory = routes.set_route(
            given=RouteForm(
                name="一号楼查寝", kind="dormitory", rounds=1, apart=0, head_count=True
            ),
            unit=route.unit,
            by=zhao,
            at=NOON,
        )
        routes.set_points(
            route_id=dormitory.pk, places=[p.place for p in points(route)][:2], by=zhao, at=NOON
        )
        for point, expected in zip(routes_queries.points(dormitory), (40, 0), strict=True):
            routes.place_point(
                checkpoint_id=point.pk,
                x=0.2,
                y=0.3,
                bends=[],
                stairs=True,
                expected=expected,
                by=zhao,
            )
    return dormitory
