"""Ends requests whose body never comes: half a body would hold a connection as long as its sender
likes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

# Our own bounds: a phone with the worst network that still sends a photo is faster.
PAUSE = 20.0  # seconds without any piece of a body
SLOWEST = 1000  # bytes a second over the whole, after the first minute
FIRST = 60.0


def bounded(application: Application) -> Application:
    """The same, to which a sender who stops or drips has gone away."""

    async def wrapped(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name in _SAYS for name, _value in scope["headers"]):
            receive = _Body(receive).piece
        await application(scope, receive, send)

    return wrapped


_SAYS = {b"content-length", b"transfer-encoding"}  # that a body follows


class _Body:
    """The pieces of one request's body; once it is whole, whatever else comes."""

    def __init__(self, receive: Receive) -> None:
        self.receive, self.is_whole = receive, False
        self.began, self.bytes = time.monotonic(), 0

    async def piece(self) -> Message:
        if self.is_whole:
            return await self.receive()
        left = FIRST + self.bytes / SLOWEST - (time.monotonic() - self.began)
        try:
            message = await asyncio.wait_for(self.receive(), max(0.0, min(PAUSE, left)))
        except TimeoutError:
            return {"type": "http.disconnect"}
        self.bytes += len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        return message
