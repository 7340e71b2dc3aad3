"""A tablet that several share: unlocked by a PIN, worth the field's work at its own unit, ended at
once.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.org.people.services import leaving
from anyuan.org.tablets import queries, rules, services
from anyuan.org.tablets.models import Pin, Tablet
from conftest import NOON

from .stage_tablets import gate, post, record, unlocked

__all__ = ["gate"]


@pytest.fixture(autouse=True)
def _fresh(settings):
    cache.clear()
    settings.DEMO = True


@given(st.text(alphabet="0123456789", min_size=6, max_size=6))
def test_easy_pins_are_known(pin):
    run = all(
        (int(b) - int(a)) % 10 == (int(pin[1]) - int(pin[0])) % 10
        for a, b in itertools.pairwise(pin)
    )
    assert rules.is_weak(pin) == (run or pin[:3] * 2 == pin or pin[:2] * 3 == pin)
    assert all(rules.is_weak(bad) for bad in ("", "12345", "1234567", "abcdef", "１２３４５６"))


def test_each_records_in_their_own_name_without_a_session(campus, gate):
    _, token = gate
    names = post("/api/tablet", {"token": token}).json()["people"]
    assert [n["name"] for n in names] == ["李老师", "王门卫"]
    for who, pin in (("王门卫", "280517"), ("李老师", "941630")):
        ticket = unlocked(campus, token, who, pin).json()["ticket"]
        me = Client().get("/api/field/me", headers={"X-Tablet-Pass": ticket}).json()
        assert me == {"person": campus.people[who].pk, "name": who}
        assert record(ticket, campus.units["实验小学"]).status_code == 200
    with acting(SYSTEM):
        assert "280517" not in str(list(Pin.objects.values())) and token not in str(
            list(Tablet.objects.values())
        )
    # The office's pages are not for a pass, nor is the API without one.
    assert Client().get("/roster/", headers={"X-Tablet-Pass": ticket}).status_code == 302
    assert Client().get("/api/field/me").status_code == 401


def test_a_pass_is_worth_the_fields_work_at_its_unit_and_no_more(campus, gate):
    _, token = gate
    with acting(campus.viewer("赵校长")):
        services.set_pin(pin="730195", by=campus.viewer("赵校长"), at=NOON)
    ticket = unlocked(campus, token, "赵校长", "730195").json()["ticket"]
    assert queries.viewer_of_pass(ticket).permissions <= rules.MAY
    assert record(ticket, campus.units["实验小学"]).status_code == 200
    assert record(ticket, campus.units["柳湾中学"]).status_code == 409
    # Somebody of another school has no way in here.
    with acting(campus.viewer("外人")):
        services.set_pin(pin="730195", by=campus.viewer("外人"), at=NOON)
    assert unlocked(campus, token, "外人", "730195").status_code == 403


def test_wrong_pins_are_counted_and_said_alike(campus, gate):
    _, token = gate
    wrong = unlocked(campus, token, pin="111112")
    nobody = unlocked(campus, token, who="孙民警", pin="111112")
    assert (
        (wrong.status_code, wrong.json())
        == (nobody.status_code, nobody.json())
        == (403, {"because": "PIN 不对。"})
    )
    for _i in range(8):
        last = unlocked(campus, token, pin="111112")
    assert last.status_code == 429
    assert unlocked(campus, token).status_code == 429  # the right one too, for a while
    assert (
        unlocked(campus, token, "李老师", "941630").status_code == 200
    )  # nobody else is locked out
    assert post("/api/tablet", {"token": "x"}).status_code == 404


def test_nobody_without_the_tablet_locks_others_out(campus, gate):
    _, token = gate
    for _i in range(12):
        assert unlocked(campus, "x" * 22, pin="111112").status_code in {403, 429}
    assert unlocked(campus, token).status_code == 200


@pytest.mark.parametrize("how", ["taken away", "new pin", "left", "old", "forged", "role ended"])
def test_a_pass_ends(campus, gate, how, monkeypatch):
    row, token = gate
    ticket = unlocked(campus, token).json()["ticket"]
    zhao, wang = campus.viewer("赵校长"), campus.people["王门卫"]
    if how == "taken away":
        with acting(zhao):
            services.take_away(tablet_id=row.pk, by=zhao, at=NOON)
    elif how == "new pin":
        with acting(campus.viewer("王门卫")):
            services.set_pin(pin="605821", by=campus.viewer("王门卫"), at=NOON)
    elif how == "left":
        with acting(zhao):
            leaving.leave(person=wang, heirs={}, by=zhao, at=NOON)
    elif how == "old":
        monkeypatch.setattr(queries, "PASS_AGE", timedelta(seconds=-1))
    elif how == "forged":
        ticket = ticket[:-2] + ("aa" if ticket[-2:] != "aa" else "bb")
    else:
        with acting(SYSTEM):
            wang.grants.all().delete()
    answer = record(ticket, campus.units["实验小学"])
    assert answer.status_code in {401, 403}, answer.content


def test_easy_pins_and_wrong_people_are_refused(campus, gate):
    li = campus.viewer("李老师")
    with acting(li):
        with pytest.raises(Refused):
            services.set_pin(pin="123456", by=li, at=NOON)
        with pytest.raises(Denied):
            services.add(unit=campus.units["实验小学"], name="x", by=li, at=NOON)
    page = campus.client("李老师").post("/account/pin/", {"pin": "941631", "again": "941632"})
    assert page.status_code == 400
    page = (
        campus.client("陈主任")
        .post("/roster/tablets/add/", {"name": "值班室平板"})
        .content.decode()
    )
    assert "#tablet=" in page and "data:image/svg+xml" in page
