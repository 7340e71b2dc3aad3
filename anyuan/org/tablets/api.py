"""What a shared tablet asks: who may unlock it, and somebody's pass for their PIN."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.security import APIKeyHeader

from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import set_viewer

from . import queries, services

router = Router(tags=["shared tablets"])


class TabletPass(APIKeyHeader):
    """Signs a request by the pass of somebody who unlocked a shared tablet.

    No cookie is sent by itself, so no forged page can use it.
    """

    param_name = "X-Tablet-Pass"

    def authenticate(self, request: HttpRequest, key: str | None) -> int | None:
        if not key:
            return None
        viewer = queries.viewer_of_pass(key)
        if viewer.person_id is None:
            return None
        set_viewer(request, viewer)
        return viewer.person_id


class Unlock(Schema):
    """`token`: the tablet's own; six digits."""

    token: str
    person: int
    pin: str


class Token(Schema):
    token: str


class Who(Schema):
    unit: str
    tablet: str
    people: list[dict[str, Any]]


class Pass(Schema):
    ticket: str
    person: int
    name: str


class Because(Schema):
    because: str


@router.post(
    "/tablet", auth=None, response={200: Who, 404: Because}, summary="Who may unlock this tablet"
)
def who(request: HttpRequest, body: Token) -> Any:
    """The names of those who set a PIN, for whoever holds the tablet's token."""
    tablet = queries.by_token(body.token)
    if tablet is None:
        return Status(
            404,
            {"because": _("This tablet is not shared any more. Ask the office to add it again.")},
        )
    return {
        "unit": tablet.unit.name,
        "tablet": tablet.name,
        "people": [{"id": p.pk, "name": p.name} for p in queries.who(tablet)],
    }


@router.post(
    "/tablet/unlock",
    auth=None,
    response={200: Pass, 403: Because, 429: Because},
    summary="A pass for a PIN",
)
def unlock(request: HttpRequest, body: Unlock) -> Any:
    """Wrong guesses are counted by tablet and person, so that nobody tries a million PINs, and
    nobody without the tablet locks others out.
    """
    tablet = queries.by_token(body.token)
    key = f"{tablet.pk}|{body.person}" if tablet else f"none|{body.token[:40]}"
    if not ratelimit.consume(request, action="tablet", key=key):
        return Status(429, {"because": _("Too many attempts from here. Please wait some minutes.")})
    try:
        opened = services.unlock(token=body.token, person_id=body.person, pin=body.pin, at=now())
    except Refused as refused:
        return Status(403, {"because": str(refused)})
    ratelimit.clear(request, action="tablet", key=key)
    return {"ticket": opened.ticket, "person": opened.person.pk, "name": opened.person.name}
