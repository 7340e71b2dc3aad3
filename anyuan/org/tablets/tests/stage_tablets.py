"""A tablet at 实验小学, and how phones speak to the program from it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client

from anyuan.kernel.scoping import acting
from anyuan.org.tablets import services
from conftest import NOON


@pytest.fixture
def gate(campus):
    """A tablet at 实验小学, and PINs of 王门卫 and 李老师."""
    with acting(campus.viewer("陈主任")):
        row, token = services.add(
            unit=campus.units["实验小学"], name="门卫平板", by=campus.viewer("陈主任"), at=NOON
        )
    for name, pin in (("王门卫", "280517"), ("李老师", "941630")):
        with acting(campus.viewer(name)):
            services.set_pin(pin=pin, by=campus.viewer(name), at=NOON)
    return row, token


def post(path, body, **headers):
    return Client().post(path, json.dumps(body), content_type="application/json", headers=headers)


def unlocked(campus, token, who="王门卫", pin="280517"):
    return post("/api/tablet/unlock", {"token": token, "person": campus.people[who].pk, "pin": pin})


def record(ticket, unit, command=None):
    body = {
        "id": str(command or uuid4()),
        "verb": "fact.record",
        "fields": {"unit": unit.pk, "activity": "patrol.round", "place": "东门"},
    }
    return post("/api/commands", body, **{"X-Tablet-Pass": ticket})
