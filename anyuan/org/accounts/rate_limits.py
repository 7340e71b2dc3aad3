"""How much of the server one person may use, and what is written down of whoever is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Our own bounds. A phone that sends two thousand records after a week without network stays below
# them.
MINUTE = 60.0
SERVER_SECONDS = 30.0  # of this server's own work in a minute; waiting in line is none
AT_ONCE = 12
MANY = 5  # times as much for an address behind which nobody is known yet: a whole school may be
WATCHED = 10_000  # people and addresses of the last minute
REFUSED = {403, 404, 429}
HOUR = 3600


@dataclass
class _Used:
    since: float
    requests: int = 0
    seconds: float = 0.0
    at_once: int = 0


class Meter:
    """What each person used in this minute, in this web process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.used: dict[str, _Used] = {}

    def enter(self, who: str, times: int, moment: float) -> float:
        """Begin a request; returns after how many seconds to come again, 0 where it may go on."""
        with self.lock:
            used = self.used.get(who)
            if used is None or moment - used.since >= MINUTE:
                used = self.used[who] = _Used(moment, at_once=used.at_once if used else 0)
                self._forget(moment)
            if (
                used.requests >= settings.REQUESTS_A_MINUTE * times
                or used.seconds >= SERVER_SECONDS * times
            ):
                return max(1.0, used.since + MINUTE - moment)
            if used.at_once >= AT_ONCE * times:
                return 1.0
            used.requests += 1
            used.at_once += 1
            return 0.0

    def leave(self, who: str, seconds: float) -> None:
        with self.lock:
            if used := self.used.get(who):
                used.seconds += seconds
                used.at_once = max(0, used.at_once - 1)

    def _forget(self, moment: float) -> None:
        if len(self.used) > WATCHED:
            self.used = {
                k: u for k, u in self.used.items() if moment - u.since < MINUTE or u.at_once
            }


METER = Meter()


def guard(get_response: GetResponse) -> GetResponse:
    """Let nobody take the whole server, and write down who was refused what."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        person = request.user if isinstance(request.user, Person) else None
        who, times = (
            (f"person {person.pk}", 1)
            if person
            else (f"address {get_adapter().get_client_ip(request)}", MANY)
        )
        began = time.thread_time()
        moment = time.monotonic()
        wait = METER.enter(who, times, moment) if settings.REQUESTS_A_MINUTE else 0.0
        if wait:
            response: HttpResponseBase = HttpResponse(
                _("Too much at once from here. Please wait a minute."),
                status=429,
                content_type="text/plain; charset=utf-8",
            )
            response.headers["Retry-After"] = str(int(wait) + 1)
        else:
            try:
                response = get_response(request)
            finally:
                METER.leave(who, time.thread_time() - began)
        if person and response.status_code in REFUSED:
            _note(request, person, response.status_code)
        return response

    return middleware


def _note(request: HttpRequest, person: Person, status: int) -> None:
    """Once an hour for each page: an id tried after another is one event, with the page's route and
    no id.
    """
    route = str(request.resolver_match.route) if request.resolver_match else ""
    if not route and status != 429:
        return  # an address that is none of ours
    if not cache.add(f"refused|{person.pk}|{route}|{status}", 1, HOUR):
        return
    try:
        with acting(SYSTEM):
            audit.record(
                "request.refused",
                by=Viewer(person.pk, person.name),
                at=now(),
                unit_id=person.unit_id,
                subject=f"{request.method} {route}"[:120],
                status=status,
            )
    except DatabaseError:
        cache.delete(f"refused|{person.pk}|{route}|{status}")
