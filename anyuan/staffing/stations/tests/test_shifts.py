"""How many shifts walk rounds follows from the stations, where there are any; else from what the
unit says.
"""

from __future__ import annotations

from datetime import time

import pytest

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.models import Binding
from anyuan.staffing.stations.forms import StationForm
from anyuan.staffing.stations.services import manning
from conftest import NOON

HOURS = {"gate": (7, 19), "patrol": (8, 17), "night": (22, 6)}


def station(campus, name, kind, when="every_day"):
    school = campus.units["柳湾中学"]
    first, last = HOURS[kind]
    by = campus.viewer("外人")
    with acting(by):
        return manning.add_station(
            given=StationForm(
                name=name,
                kind=kind,
                place=None,
                starts=time(first),
                ends=time(last),
                when=when,
                people=2,
            ),
            unit=school,
            by=by,
            at=NOON,
        )


def owed(campus, school="柳湾中学"):
    with acting(SYSTEM):
        row = Binding.objects.get(unit=campus.units[school], activity="patrol.round")
    return row.needed, row.cap


@pytest.mark.usefixtures("adopted")
def test_rounds_of_each_shift_are_owed_as_often_as_stations_walk_them(campus):
    assert owed(campus, "实验小学") == (4, 2)  # it says two shifts
    assert owed(campus) == (None, 2)  # this one has not said, so nobody knows
    station(campus, "东门", "gate")
    assert owed(campus) == (None, 2)  # a gate cannot be left
    day = station(campus, "日间巡逻", "patrol")
    assert owed(campus) == (2, 2)
    station(campus, "夜间值守", "night")
    station(campus, "假日巡逻", "patrol", "days_off")
    assert owed(campus) == (4, 2)
    by = campus.viewer("外人")
    with acting(by):
        manning.close_station(station_id=day.pk, by=by, at=NOON)
    assert owed(campus) == (2, 2)
