"""What the program tells `anyuan doctor --proxy` of how its requests arrive; nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse

from anyuan.kernel import secret
from anyuan.kernel.http import public

PURPOSE, HEADER = "proxy", "X-Anyuan-Probe"
APART = 1.0  # seconds between the pieces of a stream


def token() -> str:
    """What only this installation can say."""
    return secret.digest(PURPOSE, "probe")


def _require_token(request: HttpRequest) -> None:
    if not secret.agrees(PURPOSE, "probe", request.headers.get(HEADER, "")):
        raise Http404


@public
def sender(request: HttpRequest) -> HttpResponseBase:
    """Who is believed to have sent this, and whether by HTTPS."""
    _require_token(request)
    address = get_adapter().get_client_ip(request)
    return JsonResponse({"address": address, "secure": request.is_secure()})


@public
def stream(request: HttpRequest) -> HttpResponseBase:
    """Two pieces, one after the other."""
    _require_token(request)
    return StreamingHttpResponse(_pieces(), content_type="text/event-stream")


async def _pieces() -> AsyncIterator[str]:
    yield "data: piece\n\n"
    await asyncio.sleep(APART)
    yield "data: piece\n\n"
