"""Middleware: who is looking, and what a page may load."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from anyuan.kernel.clock import local_day, now
from anyuan.kernel.scoping import NOBODY, Viewer
from anyuan.people import queries as people

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self';"
    " frame-ancestors 'self'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def content_security(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        return response

    return middleware


def _viewer(request: HttpRequest) -> Viewer:
    user = request.user
    if not user.is_authenticated:
        return NOBODY
    return people.viewer(user, local_day(now()))


def viewer(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.viewer = SimpleLazyObject(lambda: _viewer(request))  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


