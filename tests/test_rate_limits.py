"""Nobody takes the whole server; whoever is refused is written down, once an hour for each page."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.accounts import rate_limits
from anyuan.org.audit.models import Event


@pytest.fixture(autouse=True)
def _fresh(settings, monkeypatch):
    cache.clear()
    settings.REQUESTS_A_MINUTE = 6
    settings.DEMO = True
    monkeypatch.setattr(rate_limits, "METER", rate_limits.Meter())


def events(**which):
    with acting(SYSTEM):
        return list(
            Event.objects.filter(verb="request.refused", **which)
            .order_by("pk")
            .values_list("person_name", "subject", "data")
        )


def test_one_person_waits_while_others_go_on(campus, monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: moment[0])
    li, zhao = campus.client("李老师"), campus.client("赵校长")
    assert [li.get("/account/").status_code for _i in range(7)] == [200] * 6 + [429]
    refused = li.get("/account/")
    assert refused["Retry-After"] == "61" and "请过一分钟再试" in refused.content.decode()
    assert zhao.get("/account/").status_code == 200
    moment[0] += 60
    assert li.get("/account/").status_code == 200
    assert events() == [("李老师", "GET ", {"status": 429})]


def test_whoever_is_not_known_shares_their_address(db):
    assert [Client(REMOTE_ADDR="10.0.0.9").get("/sign-in/").status_code for _i in range(31)] == [
        200
    ] * 30 + [429]
    assert Client(REMOTE_ADDR="10.0.0.8").get("/sign-in/").status_code == 200


def test_time_counts_whatever_it_was_spent_on_and_so_does_what_is_asked_at_once():
    meter = rate_limits.Meter()
    assert meter.enter("x", 1, 0.0) == 0
    meter.leave("x", rate_limits.SERVER_SECONDS)
    assert meter.enter("x", 1, 10.0) == 50
    assert meter.enter("x", 1, 60.0) == 0
    meter = rate_limits.Meter()
    for _i in range(6):
        assert meter.enter("y", 1, 0.0) == 0
        meter.leave("y", 0.1)
    meter = rate_limits.Meter()
    assert [meter.enter("z", 10, 0.0) for _i in range(60)] == [0] * 60
    assert meter.enter("z", 10, 59.0) == 1
    # What has not come back yet counts on in the next minute, and not after it came back.
    assert (
        sum(meter.enter("z", 10, 61.0 + 60 * i) == 0 for i in range(3) for _j in range(60))
        == rate_limits.AT_ONCE * 10 - 60
    )
    assert meter.enter("z", 10, 1000.0) == 1.0
    for _i in range(rate_limits.AT_ONCE * 10):
        meter.leave("z", 0.0)
    assert meter.enter("z", 10, 1001.0) == 0


def test_who_tries_what_is_not_theirs_is_written_down_without_ids(campus):
    guard, other = campus.client("王门卫"), campus.people["外人"]
    for pk in (other.pk, other.pk + 1):
        assert guard.get(f"/organisation/people/{pk}/").status_code in {403, 404}
    assert guard.get("/audit/").status_code == 403
    assert guard.get("/audit/").status_code == 403
    assert guard.get("/no/such/page/").status_code == 404
    found = events(person_name="王门卫")
    assert [(s, d["status"]) for _n, s, d in found] == [
        ("GET organisation/people/<int:person_id>/", found[0][2]["status"]),
        ("GET audit/", 403),
    ]
    assert Client().get("/audit/").status_code == 302
    assert len(events()) == 2
    page = campus.client("赵校长").get("/audit/").content.decode()
    assert "访问被拒绝" in page
