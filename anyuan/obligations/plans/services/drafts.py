"""A draft under review, and how it is found and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans.rules import checking
from anyuan.obligations.reading import rules as reading
from anyuan.record.activities import rules as activities

from .. import queries
from ..models import Obligation, Plan, PlanStatus


class Stale(Refused):
    """Somebody else changed this meanwhile; the newest version is on the page."""


def _open(obligation_id: int, by: Viewer) -> Obligation:
    obligation = queries.duty(obligation_id)
    draft(obligation.plan_id, by)
    return obligation


def draft(plan_id: int, by: Viewer) -> Plan:
    by.require("plan.review", queries.get(plan_id).unit.path)
    plan = queries.locked(plan_id)
    if plan.status != PlanStatus.DRAFT:
        raise Refused(_("This plan has been adopted; what it asks can no longer be changed here."))
    return plan


def apply_check(values: Mapping[str, Any], into: dict[str, Any]) -> None:
    try:
        activities.get(values["activity"])
    except activities.UnknownActivity:
        raise Refused(_("Please choose an activity from the list.")) from None
    read = AsRead(values)
    into["measure"] = checking.check(read).measure
    into["kind"] = reading.kind(read)  # type: ignore[arg-type]


class AsRead:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.activity = values["activity"]
        self.action = values["action"]
        self.comparator = values["comparator"]
        self.quantity = values["quantity"]
        self.unit = values["measure_unit"] or None
        self.period = values["period"]
        self.due = values["due"] or None
