"""What an exemption does to verdicts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from anyuan.judging.assessment import services as assess
from anyuan.judging.assessment.queries import months
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.duties import services
from anyuan.obligations.plans.models import Binding
from conftest import NOON

MAY = date(2026, 5, 1)


@pytest.fixture
def owed(campus, adopted):
    """The monthly inspection that 实验小学 owes."""
    with acting(SYSTEM):
        assess.catch_up(NOON)
    return Binding.objects.get(
        unit=campus.units["实验小学"], activity="hazard.inspection"
    ).obligation


def verdicts(campus, owed):
    with acting(campus.viewer("何局长")):
        days = [MAY + timedelta(days=i) for i in range(31)]
        rows = months.month(campus.units["实验小学"].pk, days, NOON)
        return {r.obligation.pk: [i.verdict for i in r.longer] for r in rows}[owed.pk]


def ask(campus, owed, starts, ends):
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        return services.ask(
            unit=campus.units["实验小学"],
            obligation_id=owed.pk,
            starts=starts,
            ends=ends,
            reason="校舍重建，暂停使用",
            by=viewer,
            at=NOON,
        )


def decide(campus, row, grant):
    viewer = campus.viewer("何局长")
    with acting(viewer):
        services.decide(exemption_id=row.pk, grant=grant, answer="已核", by=viewer, at=NOON)


def test_only_a_granted_exemption_changes_the_verdict_and_it_ends(campus, owed):
    row = ask(campus, owed, MAY, date(2026, 6, 1))
    assert verdicts(campus, owed) == ["due"]
    decide(campus, row, True)
    assert verdicts(campus, owed) == ["exempt"]
    viewer = campus.viewer("何局长")
    with acting(viewer):
        services.end(exemption_id=row.pk, by=viewer, at=NOON)
    assert verdicts(campus, owed) == ["due"]


def test_a_window_partly_covered_still_counts(campus, owed):
    decide(campus, ask(campus, owed, date(2026, 5, 10), date(2026, 6, 10)), True)
    assert verdicts(campus, owed) == ["due"]


def test_a_refused_one_changes_nothing(campus, owed):
    decide(campus, ask(campus, owed, MAY, date(2026, 6, 1)), False)
    assert verdicts(campus, owed) == ["due"]
