"""The web servers: one for pages, and where an operator wants it one for live streams alone."""

from __future__ import annotations

import os
import sys

from anyuan.ops import database
from anyuan.ops.children import CannotStart, Child

# Connections of one web process: far more than the streams it allows, which never bar pages.
CONNECTIONS = 8192
STREAMS_POOLED = 2  # of the server for streams: each asks once who is there
POOLED = 32  # database connections of all web processes together; PostgreSQL allows a hundred
SILENT = 10_000  # milliseconds after which a connection that asks nothing ends


def pages(host: str, port: int, environ: dict[str, str]) -> Child:
    """The web server, in as many processes as there are cores."""
    pooled = str(POOLED // web_processes())
    return _server(host, port, web_processes(), {**environ, database.POOL: pooled})


def streams(environ: dict[str, str]) -> list[Child]:
    """A web server for live streams alone, which a proxy leads `/live/` to; where ANYUAN_STREAMS
    names its port.
    """
    asked = os.environ.get("ANYUAN_STREAMS", "")
    if not asked:
        return []
    if not asked.isdigit() or not database.port_is_free("127.0.0.1", int(asked)):
        raise CannotStart(f"ANYUAN_STREAMS={asked}：不是一个空闲的端口。")
    return [_server("127.0.0.1", int(asked), 1, {**environ, database.POOL: str(STREAMS_POOLED)})]


def _server(host: str, port: int, processes: int, environ: dict[str, str]) -> Child:
    """A web server on one port."""
    bounds = {
        "--backlog": CONNECTIONS,
        "--backpressure": CONNECTIONS,
        "--http1-header-read-timeout": SILENT,
        "--workers-kill-timeout": 3,
    }
    return Child(
        [
            *(sys.executable, "-m", "granian"),
            *("--interface", "asginl", "--host", host, "--port", str(port)),
            *("--workers", str(processes), "--no-ws", "--log-level", "warning"),
            *(str(word) for bound in bounds.items() for word in bound),
            "anyuan.config.asgi:application",
        ],
        {**environ, "ANYUAN_PORT": str(port)},
    )


def web_processes() -> int:
    """One for each core, up to four; ANYUAN_WEB says otherwise."""
    asked = os.environ.get("ANYUAN_WEB", "")
    return int(asked) if asked.isdigit() and 1 <= int(asked) <= 32 else min(4, os.cpu_count() or 1)
