"""A round that no legs could walk, or that nobody scanned where codes hang, waits for a leader."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.field.patrols import rules
from anyuan.field.patrols.models import Round
from anyuan.field.patrols.services import rounds as rounds_services
from anyuan.field.presence.models import PlaceCode
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.org.audit.models import Event
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.queries import words
from conftest import NOON

from .stage_patrols import do, points, route, scan, start  # noqa: F401


def hang(route):  # noqa: F811
    with acting(SYSTEM):
        for point in points(route):
            PlaceCode.objects.create(unit=route.unit, place_id=point.place_id, issued_at=NOON)


def tapped(campus, key, point, minutes):
    scan(campus, key, point, minutes=minutes, code=None, checkpoint_id=point.pk)


def walk(campus, route, apart, *, by=scan):  # noqa: F811
    """A round whose points are `apart` minutes from one another."""
    key = start(campus, route)
    for i, point in enumerate(points(route)):
        by(campus, key, point, minutes=i * apart)
    with acting(SYSTEM):
        walked = Round.objects.get(key=key)
        return walked, Fact.objects.get(pk=walked.fact_id)


@pytest.mark.parametrize(
    ("seconds", "doubts"),
    [([0, 1, 2], ("not_walked",)), ([0, 9, 19], ("not_walked",)), ([5, 14, 25], ()), ([30], ())],
)
def test_what_legs_can_walk(seconds, doubts):
    times = [NOON + timedelta(seconds=s) for s in seconds]
    assert rules.round_doubts(NOON, times, [True] * len(times), codes_hang=True) == doubts


def test_a_round_in_seconds_does_not_count(campus, route):  # noqa: F811
    walked, fact = walk(campus, route, 0.03)
    assert (walked.complete, walked.doubts, fact.quantity) == (False, ["not_walked"], 0)
    assert "存疑：各点间隔过短" in words(fact).said["result"]


def test_a_round_without_a_scan_counts_only_where_no_code_hangs(campus, route):  # noqa: F811
    walked, fact = walk(campus, route, 2, by=tapped)
    assert (walked.complete, walked.doubts, fact.how) == (True, [], "tapped")
    hang(route)
    walked, fact = walk(campus, route, 2, by=tapped)
    assert (walked.complete, walked.doubts, fact.quantity) == (False, ["nothing_scanned"], 0)


def test_one_point_that_was_not_scanned_makes_no_round_scanned(campus, route):  # noqa: F811
    hang(route)
    key = start(campus, route)
    first, *rest = points(route)
    tapped(campus, key, first, 0)
    for i, point in enumerate(rest, 1):
        scan(campus, key, point, minutes=i * 2)
    with acting(SYSTEM):
        walked = Round.objects.get(key=key)
        assert (walked.complete, walked.doubts) == (True, [])
        assert Fact.objects.get(pk=walked.fact_id).how == "tapped"


def accept(campus, walked, who="赵校长", why="陪同巡查，确认走到"):
    return do(campus, rounds_services.accept, who, round_id=walked.pk, why=why, at=NOON)


def test_a_leader_accepts_it_with_a_reason_and_the_old_record_stays(campus, route):  # noqa: F811
    walked, old = walk(campus, route, 0.03)
    for _click in range(2):
        accepted = accept(campus, walked)
    assert accepted.complete and accepted.accepted_by == "赵校长"
    with acting(SYSTEM):
        new = Fact.objects.get(pk=accepted.fact_id)
        assert new.quantity == 1 and new.pk != old.pk and Fact.objects.count() == 2
        assert "认可：陪同巡查" in words(new).said["result"]
        assert Event.objects.filter(verb="round.accepted").count() == 1


@pytest.mark.parametrize("who", ["王门卫", "李老师", "陈主任", "孙民警"])
def test_only_a_leader_accepts(campus, route, who):  # noqa: F811
    walked, _fact = walk(campus, route, 0.03)
    with pytest.raises(Denied):
        accept(campus, walked, who)


def test_not_ones_own_and_not_without_a_reason(campus, route):  # noqa: F811
    walked, _fact = walk(campus, route, 0.03)
    with pytest.raises(Refused, match="理由"):
        accept(campus, walked, why="  ")
    with acting(SYSTEM):
        Round.objects.filter(pk=walked.pk).update(person=campus.people["赵校长"])
    with pytest.raises(Refused, match="自己"):
        accept(campus, walked)


def test_it_waits_on_the_principals_page(campus, route, monkeypatch):  # noqa: F811
    walked, _fact = walk(campus, route, 0.03)
    monkeypatch.setattr("anyuan.front.desk.views.now", lambda: NOON + timedelta(minutes=5))
    assert "巡逻存疑：日巡" in campus.client("赵校长").get("/").content.decode()
    page = campus.client("赵校长").get(f"/rounds/{walked.pk}/").content.decode()
    assert "认可这一轮" in page and "走不到" in page
    campus.client("赵校长").post(f"/rounds/{walked.pk}/accept/", {"why": "同行"})
    assert "认可：同行" in campus.client("赵校长").get(f"/rounds/{walked.pk}/").content.decode()
