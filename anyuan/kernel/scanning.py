"""Owns the question to the operator's virus scanner (ClamAV's clamd), where there is one, before a
file is kept or read.
"""

from __future__ import annotations

import socket
from contextlib import closing

from django.conf import settings
from django.utils.translation import gettext as _

from .commands import Refused, TryLater

SCAN_SECONDS = 20.0
PIECE = 1 << 16


def scan(name: str, data: bytes) -> None:
    """Without a scanner nothing is asked.

    :raises Refused: something was found. :raises TryLater: the scanner does not answer.
    """
    if not settings.CLAMD:
        return
    answer = _ask(b"zINSTREAM\0", data)
    if answer.endswith("FOUND"):
        raise Refused(
            _(
                "The virus scanner found something in %(name)s. It was not taken; please clean the"
                " device it comes from."
            )
            % {"name": name}
        )
    if not answer.endswith("OK"):
        raise TryLater(f"clamd: {answer}")


def answers() -> bool:
    """Whether the scanner is there."""
    try:
        return _ask(b"zPING\0") == "PONG"
    except TryLater:
        return False


def _ask(command: bytes, data: bytes | None = None) -> str:
    """As clamd(8) says: a file goes in pieces, each behind its length; a piece of no length ends
    it.
    """
    try:
        with closing(_socket()) as link:
            link.settimeout(SCAN_SECONDS)
            link.connect(_address())
            link.sendall(command)
            if data is not None:
                for start in range(0, len(data), PIECE):
                    piece = data[start : start + PIECE]
                    link.sendall(len(piece).to_bytes(4, "big") + piece)
                link.sendall(bytes(4))
            answer = b""
            while not answer.endswith(b"\0") and (more := link.recv(4096)):
                answer += more
    except OSError as error:
        raise TryLater(f"clamd: {error}") from error
    return answer.rstrip(b"\0").decode(errors="replace").removeprefix("stream: ")


def _socket() -> socket.socket:
    """A path is a socket of this machine, anything else `host:port`."""
    return socket.socket(socket.AF_UNIX if settings.CLAMD.startswith("/") else socket.AF_INET)


def _address() -> str | tuple[str, int]:
    if settings.CLAMD.startswith("/"):
        return str(settings.CLAMD)
    host, _colon, port = settings.CLAMD.rpartition(":")
    return host, int(port)
