"""What the tests of in force stand on."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.rules import merging
from anyuan.staffing.rosters.tests.stage_rosters import (
    MONDAY,
    at,
    manned,
)
from conftest import NOON

__all__ = ["manned"]


def in_force(day, station):
    return list(Shift.objects.filter(in_force=True, day=day, station=station).order_by("pk"))


placed_shifts = st.builds(
    lambda i, station, person, day, changed, came: merging.Placed(
        i,
        station,
        person,
        MONDAY + timedelta(days=day),
        at(MONDAY + timedelta(days=day), f"{7 + 3 * station:02d}:00"),
        at(MONDAY + timedelta(days=day), f"{11 + 3 * station:02d}:00"),
        NOON + timedelta(minutes=changed) if changed else None,
        came,
    ),
    st.integers(1, 10**6),
    st.integers(0, 2),
    st.none() | st.integers(0, 3),
    st.integers(0, 2),
    st.integers(-9, 9),
    st.booleans(),
)
