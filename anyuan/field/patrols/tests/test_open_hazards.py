"""Whoever finds a hazard is heard: it stands on the home page until somebody says it is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.field.patrols.queries import hazards
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.services import recording
from conftest import NOON


def found(campus, school="实验小学", days=3, **more):
    with acting(SYSTEM):
        return recording.record(
            unit=campus.units[school],
            fact=recording.NewFact(
                activity="hazard.found",
                occurred_at=NOON - timedelta(days=days),
                payload={"place": "东门", "subject": "护栏松动"},
                **more,
            ),
            by=SYSTEM,
            at=NOON,
        )


def card(campus, who, *names):
    viewer = campus.viewer(who)
    with acting(viewer):
        return hazards.home_hazards(viewer, [campus.units[n] for n in names], NOON)


@pytest.mark.django_db
def test_an_open_hazard_stands_on_the_home_page_until_it_is_rectified(campus):
    assert card(campus, "赵校长", "实验小学") is None
    fact = found(campus)
    shown = card(campus, "赵校长", "实验小学")["open"]
    (one,) = shown.hazards
    assert (shown.count, one.place, one.days) == (1, "东门", 3) and "护栏松动" in one.said
    with acting(SYSTEM):
        recording.record(
            unit=fact.unit,
            fact=recording.NewFact(activity="hazard.rectify", occurred_at=NOON, answers_id=fact.pk),
            by=SYSTEM,
            at=NOON,
        )
    assert card(campus, "赵校长", "实验小学") is None


@pytest.mark.django_db
def test_an_office_sees_which_schools_have_most(campus):
    found(campus)
    found(campus, "柳湾中学")
    found(campus, "柳湾中学", days=9)
    shown = card(campus, "何局长", "青禾区")["open"]
    assert shown.count == 3 and not shown.hazards
    assert [(u.name, n) for u, n in shown.schools] == [("柳湾中学", 2), ("实验小学", 1)]


@pytest.mark.django_db
def test_a_corrected_hazard_is_one_and_a_withdrawn_one_none(campus):
    fact = found(campus)
    with acting(SYSTEM):
        for withdrawn, left in ((False, 1), (True, 0)):
            newest = fact.corrections.first() or fact
            recording.correct(
                fact=newest,
                change=recording.NewFact(
                    activity="hazard.found",
                    occurred_at=fact.occurred_at,
                    payload={"place": "西门"},
                    withdrawn=withdrawn,
                ),
                by=SYSTEM,
                at=NOON,
                reason="地点写错",
            )
            assert hazards.open_facts([fact.unit_id], NOON).count() == left


@pytest.mark.django_db
def test_the_card_asks_as_often_however_many_there_are(campus, django_assert_max_num_queries):
    for days in range(1, 12):
        found(campus, days=days)
    viewer = campus.viewer("赵校长")
    with acting(viewer), django_assert_max_num_queries(5):
        shown = hazards.home_hazards(viewer, [campus.units["实验小学"]], NOON)
    assert shown["open"].count == 11 and len(shown["open"].hazards) == hazards.LISTED
