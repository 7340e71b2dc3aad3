"""Versions of a plan compared duty by duty."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from anyuan.obligations.plans.rules import versions


@dataclass
class Said:
    pk: int
    action: str
    activity: str = "patrol.round"
    quantity: Decimal | None = Decimal(2)
    period: str = "day"
    holder: str = "保安"
    measure: str = "count"
    comparator: str = ">="
    measure_unit: str = "次"
    per: str = ""
    due: str = ""
    applies_to: str = "all"


def test_versions_are_matched_duty_by_duty():
    old = [
        Said(1, "保安每天巡逻校园不少于2次"),
        Said(2, "每月召开安全例会", "meeting.safety", None, "month"),
        Said(3, "每学期演练一次", "drill.evacuation", None, "term"),
    ]
    new = [
        Said(4, "每月召开安全例会", "meeting.safety", None, "month"),
        Said(5, "保安每天巡逻校园不少于3次", quantity=Decimal(3)),
        Said(6, "每周走访一次", "police.visit", None, "week"),
    ]
    found = {
        (p.old.pk if p.old else None, p.new.pk if p.new else None): (p.what, p.changed)
        for p in versions.compare(old, new)
    }
    assert found == {
        (2, 4): ("same", ()),
        (1, 5): ("changed", ("action", "quantity")),
        (None, 6): ("new", ()),
        (3, None): ("gone", ()),
    }
