"""Whoever serves at a gate lands in the field kit on a phone; nobody else does, nor on the way."""

from __future__ import annotations

import pytest

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.mark.parametrize(
    "who, agent, came_from, kit",
    [
        ("王门卫", PHONE, "", True),
        ("李老师", PHONE, "http://testserver/sign-in/", True),
        ("王门卫", PHONE, "http://testserver/field/", False),
        ("王门卫", DESK, "", False),
        ("陈主任", PHONE, "", False),
        ("林科长", PHONE, "", False),
    ],
)
def test_where_one_lands(campus, who, agent, came_from, kit):
    answer = campus.client(who).get("/", HTTP_USER_AGENT=agent, HTTP_REFERER=came_from)
    assert (answer.status_code == 302 and answer["Location"] == "/field/") is kit
