"""What the tests of accounts stand on."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from anyuan.kernel import clock
from anyuan.kernel.scoping import acting, signing_in
from anyuan.org.people.models import Person
from anyuan.org.people.services import accounts

NEW = "qinghe-river-2026-safe"


@pytest.fixture(autouse=True)
def _fresh(settings):
    cache.clear()
    settings.DEMO = True


def sign_in(name, password="a-long-password", client=None):
    client = client or Client()
    return client, client.post("/sign-in/", {"login": name, "password": password})


def code_for(secret):
    if time.time() % 30 > 27:
        time.sleep(3.5)  # a code at the end of its half minute would be over when it arrives
    return totp.format_hotp_value(
        totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))
    )


def with_app(campus, name):
    """Somebody signs in and sets up an authenticator app; returns their browser and the secret."""
    client, _ = sign_in(campus.people[name].username)
    client.post("/account/again/", {"password": "a-long-password"})
    page = client.get("/account/second/app/on/")
    secret = page.context["form"].secret
    done = client.post("/account/second/app/on/", {"code": code_for(secret)})
    assert done.status_code == 302, done.content.decode()
    return client, secret


# -- one-time codes -----------------------------------------------------------
def invited(campus, name="王门卫", username="wang.menwei"):
    viewer = campus.viewer("赵校长")
    with acting(viewer):
        return accounts.invite(
            person=campus.people[name], username=username, by=viewer, at=clock.now()
        )


def redeem(code, username="wang.menwei", password=NEW):
    return Client().post(
        "/welcome/", {"username": username, "code": code, "password": password, "again": password}
    )


# -- known browsers -----------------------------------------------------------
def in_earnest(campus, name, settings):
    """Somebody with a real account: what is said of browsers is not said of the demo's."""
    settings.DEMO = False
    with signing_in():
        Person.objects.filter(pk=campus.people[name].pk).update(demo=False)
    return campus.people[name]


def own_code(client):
    return client.post("/account/device-code/").context["code"]
