"""Owns the mark of a browser: a random cookie by which it is known again.

It says nothing about anybody by itself.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

AGE = 180 * 24 * 3600  # seconds


def _name() -> str:
    return "__Host-anyuan_browser" if settings.SESSION_COOKIE_SECURE else "anyuan_browser"


def mark_of(request: HttpRequest) -> str:
    """The mark a browser bears; empty where it has none."""
    return request.COOKIES.get(_name(), "")[:64]


def mark(request: HttpRequest, response: HttpResponse) -> str:
    """Let a browser bear a mark, the one it has if it has one; returns it."""
    value = mark_of(request) or secrets.token_hex(16)
    response.set_cookie(
        _name(),
        value,
        max_age=AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return value
