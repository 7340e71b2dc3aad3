"""Ends connections of a web process that say nothing: whoever opens thousands of them would hold
the place of whoever wants a page. Linux alone tells how long a connection has been silent.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Our own bounds, in seconds. A stream says every twenty seconds that it is still here; the longest
# answer, of a large workbook, comes sooner.
NEVER_SPOKE, SILENT, LOOK_EVERY = 10.0, 600.0, 2.0
# Of `struct tcp_info`: milliseconds since data were sent and received last; bytes received in all.
_SENT, _RECEIVED, _BYTES, _LENGTH = 44, 52, 128, 136


@dataclass
class Reaper:
    """Looks at the connections of this process to a port, and ends the silent ones."""

    seen: dict[tuple[int, object], float] = field(default_factory=dict)

    def look(self, moment: float) -> int:
        """End what has been silent for too long; returns how many."""
        seen: dict[tuple[int, object], float] = {}
        ended = 0
        for fd in _sockets():
            with contextlib.suppress(OSError), _borrowed(fd) as link:
                key = (fd, link.getpeername())
                seen[key] = self.seen.get(key, moment)
                if _is_silent(link, moment - seen[key]):
                    link.shutdown(socket.SHUT_RDWR)
                    ended += 1
        self.seen = seen
        return ended


def _sockets() -> list[int]:
    """The open files of this process that are sockets."""
    found = []
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(file.readlink()).startswith("socket:"):
                found.append(int(file.name))
    return found


@contextlib.contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """The socket under a number, without taking it from its owner."""
    link = socket.socket(fileno=os.dup(fd))
    try:
        if link.family not in {socket.AF_INET, socket.AF_INET6}:
            raise OSError("not over a network")
        if link.getsockname()[1] != _port():
            raise OSError("not asked of this server")
        yield link
    finally:
        link.close()


def _port() -> int:
    return int(os.environ.get("ANYUAN_PORT", "0"))


def _is_silent(link: socket.socket, age: float) -> bool:
    told = link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LENGTH)
    if len(told) < _LENGTH:
        return False  # an older kernel does not say
    sent, received = (struct.unpack_from("I", told, at)[0] / 1000 for at in (_SENT, _RECEIVED))
    (received_in_all,) = struct.unpack_from("Q", told, _BYTES)
    bound = SILENT if received_in_all else NEVER_SPOKE
    return bool((min(sent, received) if received_in_all else age) > bound)


def watch() -> None:
    """Look now and then, in a thread of its own, for as long as the process lives."""
    if sys.platform != "linux" or not _port():
        return

    def run() -> None:
        reaper = Reaper()
        while True:
            time.sleep(LOOK_EVERY)
            reaper.look(time.monotonic())

    threading.Thread(target=run, name="idle connections", daemon=True).start()
