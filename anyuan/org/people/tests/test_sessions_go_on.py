"""Whoever was signed in before the house was rearranged still is."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.test import Client

from anyuan.kernel.scoping import signing_in

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore
move = import_module("anyuan.org.people.migrations.0012_sessions_go_on")


def test_a_session_of_before_goes_on(campus):
    client = campus.client("王门卫")
    key = client.session.session_key
    store = SessionStore(key)
    store["_auth_user_backend"] = move.BEFORE
    store.save()
    before = Client()
    before.cookies["sessionid"] = key
    assert before.get("/roster/mine/").status_code == 302
    with signing_in():
        move.go_on(apps, None)
    assert before.get("/roster/mine/").status_code == 200
