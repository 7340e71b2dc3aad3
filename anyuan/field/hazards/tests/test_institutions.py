"""A care institution outside schools is inspected as they are, and owes nothing that a plan asks of
schools.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.queries import waiting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.models import Binding
from anyuan.org.units import services as units
from conftest import NOON

from .stage_hazards import assign, close, fix, hazard


@pytest.fixture
def care(campus):
    with acting(SYSTEM):
        campus.units["小太阳托管"] = units.create(
            parent=campus.units["城关街道"],
            kind="institution",
            name="小太阳托管",
            opened_on=NOON.date() - timedelta(days=900),
        )
    return campus


def test_the_town_reports_assigns_and_the_district_verifies(care):
    unit = care.units["小太阳托管"]
    body = {"unit": unit.pk, "place": "二楼", "subject": "只有一个出口"}
    client = care.client("周干事")
    assert "小太阳托管" in client.get(f"/hazards/report/?unit={unit.pk}").content.decode()
    client.post("/hazards/report/", body)
    with acting(SYSTEM):
        assert Hazard.objects.filter(unit=unit).count() == 1
    row = hazard(care, school="小太阳托管")
    with pytest.raises(Refused):
        assign(care, row, who="周干事", owner="王门卫")
    assign(care, row, who="周干事", owner="周干事")
    fix(care, row, who="周干事")
    assert close(care, row, who="何局长").state == "closed"


def test_what_waits_there_stands_with_the_town(care):
    row = hazard(care, school="小太阳托管")
    viewer = care.viewer("周干事")
    with acting(viewer):
        page = care.client("周干事").get("/hazards/").content.decode()
    assert "小太阳托管" in page
    with acting(SYSTEM):
        told = [m for m in waiting.to_tell(NOON) if m.unit_id == row.unit_id]
    assert {pk for m in told for s in m.steps for pk in s.persons} == {care.people["周干事"].pk}


def test_no_plan_for_schools_binds_it(care, adopted):
    with acting(SYSTEM):
        assert not Binding.objects.filter(unit=care.units["小太阳托管"]).exists()
