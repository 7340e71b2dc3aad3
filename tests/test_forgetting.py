"""What was to be kept for a time is gone after it; what counts as evidence stays."""

from __future__ import annotations

from datetime import timedelta

from anyuan.field.presence.models import Presence
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.ops import retention as forgetting
from anyuan.org.audit.models import Event
from anyuan.record.evidence import queries as evidence_queries
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import recording
from anyuan.staffing.rosters.models import Leave
from anyuan.staffing.rosters.tests.stage_rosters import MONDAY, manned, published  # noqa: F401 - a fixture
from anyuan.staffing.stations.models import Busy
from conftest import NOON


def test_each_term_is_kept(campus, manned):  # noqa: F811
    published(campus)
    school, jia = campus.units["实验小学"], campus.people["甲老师"]
    with acting(SYSTEM):
        from anyuan.staffing.rosters.models import Shift

        shift = Shift.objects.filter(in_force=True, person=jia).first()
        Presence.objects.create(
            unit=school,
            shift=shift,
            person=jia,
            came_at=shift.starts_at,
            received_at=shift.starts_at,
            how="typed",
            device="d",
            handover="灯坏",
            fact_id=1,
        )
        Leave.objects.create(
            unit=school,
            person=jia,
            starts_at=NOON,
            ends_at=NOON + timedelta(days=1),
            asked_at=NOON,
            state="approved",
        )
        Busy.objects.create(
            unit=school,
            person=jia,
            kind="rather_not",
            starts=MONDAY,
            ends=MONDAY + timedelta(days=1),
        )
        Busy.objects.create(unit=school, person=jia, kind="lesson", weekday=1)
        facts = Fact.objects.count()
    soon = shift.starts_at + timedelta(days=20)
    assert forgetting.forget(soon) == {}
    later = forgetting.forget(shift.starts_at + timedelta(days=40))
    assert later.pop("reach.InboxEntry") >= 1  # what publishing said, after its month
    assert later == {"presence.Presence.device": 1}
    autumn = forgetting.forget(NOON + timedelta(days=150))
    assert {k: autumn[k] for k in ("rosters.Leave", "stations.Busy")} == {
        "rosters.Leave": 1,
        "stations.Busy": 1,
    }
    assert forgetting.forget(shift.starts_at + timedelta(days=400)) == {
        "presence.Presence.handover": 1
    }
    with acting(SYSTEM):
        assert Busy.objects.get().kind == "lesson"
        assert Presence.objects.get().device == ""
        assert Shift.objects.filter(pk=shift.pk).exists()
        assert Fact.objects.count() == facts
        assert (
            list(
                Event.objects.filter(verb="retention.forgotten").values_list(
                    "person_name", flat=True
                )
            )
            == ["系统"] * 3
        )


def test_words_that_may_name_people_are_forgotten_after_three_years_and_the_chain_stays_whole(
    campus,
):
    with acting(SYSTEM):
        new = recording.NewFact(
            activity="hazard.inspection",
            occurred_at=NOON,
            payload={"place": "食堂", "found": 1, "result": "厨师张三未戴帽"},
        )
        fact = recording.record(unit=campus.units["实验小学"], fact=new, by=SYSTEM, at=NOON)
    assert "evidence.Key" not in forgetting.forget(NOON + timedelta(days=1090))
    with acting(SYSTEM):
        assert evidence_queries.words(fact).said["result"] == "厨师张三未戴帽"
    assert forgetting.forget(NOON + timedelta(days=1100))["evidence.Key"] == 1
    with acting(SYSTEM):
        assert evidence_queries.words(fact).said == {"found": 1}
        assert list(evidence_queries.breaks()) == []
