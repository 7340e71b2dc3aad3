"""What several record on one tablet stands in each one's own name."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.tablets.tests.stage_tablets import gate, record, unlocked
from anyuan.record.evidence.models import Fact

__all__ = ["gate"]


@pytest.fixture(autouse=True)
def _fresh(settings):
    cache.clear()
    settings.DEMO = True


def test_a_record_names_its_person_and_the_tablet(campus, gate):
    _row, token = gate
    for who, pin in (("王门卫", "280517"), ("李老师", "941630")):
        ticket = unlocked(campus, token, who, pin).json()["ticket"]
        record(ticket, campus.units["实验小学"])
    with acting(SYSTEM):
        told = sorted(Fact.objects.values_list("by_name", "payload__on_tablet"))
    assert told == [("李老师", "门卫平板"), ("王门卫", "门卫平板")]


def test_a_forged_pass_records_nothing(campus, gate):
    _row, token = gate
    ticket = unlocked(campus, token).json()["ticket"]
    forged = ticket[:-2] + ("aa" if ticket[-2:] != "aa" else "bb")
    assert record(forged, campus.units["实验小学"]).status_code in {401, 403}
    with acting(SYSTEM):
        assert not Fact.objects.exists()
