"""How verdicts went, and from a square of the board to its day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.judging.assessment import services
from anyuan.judging.assessment.queries import trends
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.services import recording
from conftest import NOON, put_in_force

PLAN = """青禾区学校方案
一、主要措施
1.学校每天开展食堂检查不少于1次，认真做好记录，确保食品安全不出问题，师生满意。
"""


@pytest.fixture
def owing(campus):
    """A daily duty of every school; one school did it on each of the last twenty days."""
    plan = put_in_force(campus, PLAN)
    with acting(SYSTEM):
        for days in range(20):
            recording.record(
                unit=campus.units["实验小学"],
                fact=recording.NewFact(
                    activity="food.check", occurred_at=NOON - timedelta(days=days)
                ),
                by=SYSTEM,
                at=NOON,
            )
        services.rebuild(NOON)
    return plan


def test_this_month_against_the_one_before_by_school_and_by_duty(campus, owing):
    with acting(campus.viewer("何局长")):
        found = trends.trends(campus.units["青禾区"], NOON)
    schools = {c.name: c for c in found.schools}
    did, did_not = schools["实验小学"], schools["柳湾中学"]
    assert did.now.rate > 50 and did.before.rate == 0 and did.change == did.now.rate
    assert did_not.now.rate == 0 and did_not.now.short == did_not.now.judged > 0
    assert did.now.judged == did_not.now.judged == 20  # school days
    assert [c.name for c in found.duties] == ["学校每天开展食堂检查不少于1次"]
    days = [day for day, _t in found.months]
    assert days == sorted(days) and all(d.day == 1 for d in days)
    assert sum(t.judged for _d, t in found.months) > did.now.judged
    assert found.chart["schools"]["labels"] == [c.name for c in found.schools]


def test_a_school_alone_compares_no_schools(campus, owing):
    with acting(campus.viewer("赵校长")):
        found = trends.trends(campus.units["实验小学"], NOON)
    assert found.schools == [] and found.whole.now.judged == 20


def test_nothing_judged_is_no_rate(campus):
    with acting(campus.viewer("何局长")):
        found = trends.trends(campus.units["青禾区"], NOON)
    assert found.whole.now.rate is None and found.whole.change is None and found.months == []


def test_too_many_schools_are_refused_with_what_to_do(campus, monkeypatch):
    monkeypatch.setattr(trends, "MOST", 1)
    with acting(campus.viewer("何局长")), pytest.raises(Refused, match="请选择"):
        trends.trends(campus.units["青禾区"], NOON)


def test_queries_do_not_grow_with_schools(campus, owing, django_assert_max_num_queries):
    with acting(campus.viewer("何局长")), django_assert_max_num_queries(4):
        trends.trends(campus.units["青禾区"], NOON)


def test_the_page_shows_tables_beside_charts(campus, owing, monkeypatch):
    monkeypatch.setattr("anyuan.judging.assessment.views.now", lambda: NOON)
    page = campus.client("何局长").get("/board/trends/").content.decode()
    assert page.count("data-chart=") == 3 and page.count("<table") == 3
    assert "近三十天" in page
    assert (
        campus.client("赵校长")
        .get("/board/trends/", {"unit": campus.units["柳湾中学"].pk})
        .status_code
        == 404
    )


def test_a_square_leads_to_the_very_day(campus, owing, monkeypatch):
    monkeypatch.setattr("anyuan.judging.assessment.views.now", lambda: NOON)
    duty = owing.obligations.get(activity="food.check")
    school = campus.units["柳湾中学"]
    client = campus.client("何局长")
    response = client.get(f"/board/{school.pk}/{duty.pk}/")
    yesterday = NOON.date() - timedelta(days=1)
    assert response.status_code == 302
    assert response["Location"] == f"/verdicts/{school.pk}/{duty.pk}/{yesterday}/"
    assert client.get(f"/board/{school.pk}/999999/").status_code == 404
