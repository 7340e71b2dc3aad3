"""The stages of a campaign: their tasks, how far they are, and what lags."""

from __future__ import annotations

from datetime import datetime

import pytest

from anyuan.judging.assessment import services
from anyuan.judging.assessment.queries import stages
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.models import Obligation
from anyuan.obligations.plans.services import adoption, reading
from anyuan.obligations.plans.services import review as review_services
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload
from conftest import NOON

TEXT = """青禾区护校安园行动工作方案

一、工作措施
各学校每周开展一次安全隐患排查。

二、实施步骤
（一）自查自纠阶段（5月1日至5月31日）。各学校开展一次全面安全自查。
（二）巩固提高阶段（6月1日至6月30日）。
"""


@pytest.fixture
def campaign(campus):
    leader = campus.viewer("何局长")
    with acting(leader):
        (plan,) = reading.upload(
            unit=campus.units["青禾区"],
            files=[Upload("方案.txt", TEXT.encode())],
            by=leader,
            at=NOON,
        )
        review_services.accept_rest(plan_id=plan.pk, by=leader, at=NOON)
        Obligation.objects.filter(action__contains="巩固提高").update(
            review="dropped"
        )  # a heading is no task
        adoption.adopt(
            plan_id=plan.pk,
            starts=NOON.date().replace(month=3, day=1),
            ends=NOON.date().replace(month=7, day=1),
            signature="何局长",
            by=leader,
            at=NOON,
        )
    with acting(SYSTEM):
        services.catch_up(NOON)
    return plan


def done(school, at):
    with acting(SYSTEM):
        recording.record(
            unit=school,
            fact=recording.NewFact(
                activity="hazard.inspection", occurred_at=at, payload={"place": "全校", "found": 0}
            ),
            by=SYSTEM,
            at=at,
        )
        services.catch_up(at)


def test_progress_is_what_units_did_against_the_days_that_passed(
    campus, campaign, django_assert_num_queries
):
    with acting(campus.viewer("何局长")):
        plan = plans.get(campaign.pk)
        with django_assert_num_queries(3):
            check, summary = stages.stages(plan, NOON)
    assert [(s.state, len(s.tasks)) for s in (check, summary)] == [("running", 1), ("coming", 0)]
    # What the plan asks for each week is no task of a stage; a stage without anything that can be
    # checked has no progress.
    assert (check.passed, check.done, check.behind, summary.done) == (61, 0, 61, None)
    assert check.tasks[0].units == 2
    done(campus.units["实验小学"], NOON)
    with acting(campus.viewer("何局长")):
        assert stages.stages(plan, NOON)[0].done == 50
        late = datetime.fromisoformat("2026-06-02T09:00:00+08:00")
        over = stages.stages(plan, late)[0]
    assert (over.state, over.passed, over.tasks[0].short, over.tasks[0].behind) == (
        "over",
        100,
        1,
        ["柳湾中学"],
    )


def test_the_page_says_how_far_and_who_is_short_and_a_school_sees_itself_alone(
    campus, campaign, monkeypatch
):
    monkeypatch.setattr(
        "anyuan.judging.assessment.views.now",
        lambda: datetime.fromisoformat("2026-06-02T09:00:00+08:00"),
    )
    page = campus.client("何局长").get(f"/plans/{campaign.pk}/stages/").content.decode()
    assert "自查自纠阶段" in page and "柳湾中学" in page and "实验小学" in page
    page = campus.client("外人").get(f"/plans/{campaign.pk}/stages/").content.decode()
    assert "柳湾中学" in page and "实验小学" not in page
