"""Requests take turns in a process: more at once would only wait for the interpreter, each with a
database connection of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Measured on two cores: 56 pages a second without a bound, 69 with three.
PAGES = 3
PATIENCE = 1.0  # seconds; whoever waited so long for a page goes all the same, beside a slow one
# Acts of one address and of all. A school of sixty behind one address waits a few seconds; whoever
# sends thousands leaves connections and turns to the others.
ACTS_OF_ONE, ACTS = 4, 10
LONGEST = 20.0  # seconds after which an act is sent away, to come again

_pages = threading.BoundedSemaphore(PAGES)


class Line:
    """Lets in so many of one, and so many of all."""

    def __init__(self, of_one: int, in_all: int) -> None:
        self.of_one, self.in_all = of_one, in_all
        self.inside: dict[str, int] = {}
        self.moved = threading.Condition()

    @contextlib.contextmanager
    def turn(self, whose: str, longest: float) -> Iterator[bool]:
        """Wait for a turn and hold it; says whether it came within so many seconds."""
        with self.moved:
            has_turn = self.moved.wait_for(lambda: self._has_room(whose), longest)
            if has_turn:
                self.inside[whose] = self.inside.get(whose, 0) + 1
        try:
            yield has_turn
        finally:
            with self.moved:
                if has_turn:
                    self._leave(whose)
                self.moved.notify_all()

    def _has_room(self, whose: str) -> bool:
        return self.inside.get(whose, 0) < self.of_one and sum(self.inside.values()) < self.in_all

    def _leave(self, whose: str) -> None:
        self.inside[whose] -= 1
        if not self.inside[whose]:
            del self.inside[whose]


_acts = Line(ACTS_OF_ONE, ACTS)


def in_turn(get_response: GetResponse) -> GetResponse:
    """Make pages a few at a time, and take acts a few at a time of each address."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return _page(get_response, request)
        with _acts.turn(str(get_adapter().get_client_ip(request)), LONGEST) as has_turn:
            return get_response(request) if has_turn else try_again(request)

    return middleware


def try_again(request: HttpRequest) -> HttpResponse:
    """Nothing was done; phones come again by themselves."""
    page = loader.get_template("500.html").render({"away": True})
    return HttpResponse(page, status=503, headers={"Retry-After": "5"})


def _page(get_response: GetResponse, request: HttpRequest) -> HttpResponseBase:
    has_turn = _pages.acquire(timeout=PATIENCE)
    try:
        return get_response(request)
    finally:
        if has_turn:
            _pages.release()
