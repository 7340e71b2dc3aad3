"""Looks at an installation through its proxy, from outside: whether that holds what the guide for
operators asks of it.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from anyuan.ops.doctor import Finding
from anyuan.ops.probes import HEADER, token

# What the guide asks for: seconds for the head of a request and between two pieces of its body,
# bytes of one request, connections of one address; and seconds of room beyond.
HEAD_SECONDS, BODY_SECONDS = 10, 30
BODY_BYTES, CONNECTIONS = 12 * 1024 * 1024, 200
ROOM = 10
FORGED = "203.0.113.9"  # an address for documentation (RFC 5737): nobody's


@dataclass(frozen=True)
class Site:
    """Where the installation is reached from outside."""

    host: str
    port: int
    tls: bool

    @classmethod
    def of(cls, address: str) -> Site:
        """:raises ValueError: it is no address of a site."""
        url = urlsplit(address)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError(address)
        tls = url.scheme == "https"
        return cls(url.hostname, url.port or (443 if tls else 80), tls)

    def connect(self) -> socket.socket:
        link = socket.create_connection((self.host, self.port), HEAD_SECONDS + ROOM)
        if not self.tls:
            return link
        return ssl.create_default_context().wrap_socket(link, server_hostname=self.host)

    def head(self, method: str, path: str, *more: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *more]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode()

    def ask(self, path: str, *more: str) -> tuple[int, bytes]:
        """The status and the body of what a page answers."""
        with closing(self.connect()) as link:
            link.sendall(self.head("GET", path, *more))
            return _answer(link)


def _answer(link: socket.socket) -> tuple[int, bytes]:
    got = b""
    while piece := link.recv(65536):
        got += piece
    head, _blank, body = got.partition(b"\r\n\r\n")
    return _status(head), body


def _status(head: bytes) -> int:
    """0: no answer."""
    words = head.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def look(address: str) -> Iterator[Finding]:
    """Each thing that a proxy must hold. :raises OSError: nothing answers there."""
    site = Site.of(address)
    status, _body = site.ask("/health/")
    yield Finding(
        status == 200,
        _("the program answers through the proxy (%(status)d)") % {"status": status},
        _("Look whether anyuan run is up, and where the proxy leads to"),
    )
    if status == 200:
        yield from _sender(site)
        yield _stream(site)
    yield _body_size(site)
    yield _silent_head(site)
    yield _silent_body(site)
    yield _connections(site)


def _sender(site: Site) -> Iterator[Finding]:
    _status, body = site.ask("/health/probe/", f"{HEADER}: {token()}", f"X-Forwarded-For: {FORGED}")
    try:
        said: dict[str, Any] = json.loads(body)
    except ValueError:
        said = {}
    yield Finding(
        said.get("address") not in {FORGED, None},
        _("whoever asks is believed to be at %(address)s") % {"address": said.get("address", "?")},
        _(
            "Let the proxy write the sender into X-Forwarded-For (nginx: proxy_set_header"
            " X-Forwarded-For $proxy_add_x_forwarded_for), and set ANYUAN_PROXIES to how many there"
            " are"
        ),
    )
    if site.tls:
        yield Finding(
            bool(said.get("secure")),
            _("the program knows that it is reached by HTTPS"),
            _("proxy_set_header X-Forwarded-Proto $scheme, and ANYUAN_HTTPS=1"),
        )


def _stream(site: Site) -> Finding:
    """Two pieces are sent a second apart; both at once means that they were held back."""
    with closing(site.connect()) as link:
        link.sendall(site.head("GET", "/live/probe/", f"{HEADER}: {token()}"))
        came: list[float] = []
        got = b""
        while piece := link.recv(65536):
            got += piece
            while got.count(b"piece") > len(came):
                came.append(time.monotonic())
    return Finding(
        len(came) == 2 and came[1] - came[0] > 0.5,
        _("streams are passed on as they come"),
        _("nginx, at /live/: proxy_buffering off; proxy_read_timeout 75s"),
    )


def _body_size(site: Site) -> Finding:
    with closing(site.connect()) as link:
        length = f"Content-Length: {BODY_BYTES + 1024 * 1024}"
        link.sendall(site.head("POST", "/sign-in/", length, "Expect: 100-continue"))
        status = _first_status(link, 5)
    return Finding(
        status == 413,
        _("a request of more than 12 MB is refused by its head"),
        "client_max_body_size 12m",
    )


def _silent_head(site: Site) -> Finding:
    taken = _seconds_held(site, b"GET / HTTP/1.1\r\nX-Slow: ", HEAD_SECONDS + ROOM)
    return Finding(
        taken < HEAD_SECONDS + ROOM - 1,
        _("a head of a request that does not end is given up after %(n).0f seconds") % {"n": taken},
        "client_header_timeout 10s",
    )


def _silent_body(site: Site) -> Finding:
    half = site.head("POST", "/sign-in/", "Content-Length: 1000") + b"half"
    taken = _seconds_held(site, half, BODY_SECONDS + ROOM)
    return Finding(
        taken < BODY_SECONDS + ROOM - 1,
        _("a body of a request that does not come is given up after %(n).0f seconds")
        % {"n": taken},
        "client_body_timeout 30s",
    )


def _seconds_held(site: Site, said: bytes, patience: float) -> float:
    """How long a request that was begun and never ends keeps its connection."""
    began = time.monotonic()
    with closing(site.connect()) as link:
        link.sendall(said)
        _first_status(link, patience)
    return time.monotonic() - began


def _connections(site: Site) -> Finding:
    """More connections of one address than a school has, each with a request under way."""
    half = site.head("POST", "/sign-in/", "Content-Length: 1000")
    refused = 0
    with ExitStack() as stack:
        links = []
        for _n in range(CONNECTIONS + 60):
            try:
                link = stack.enter_context(closing(site.connect()))
                link.sendall(half)
                links.append(link)
            except OSError:
                refused += 1
        time.sleep(1)
        refused += sum(_first_status(link, 0.01) in {429, 503} for link in links)
    return Finding(
        refused > 0,
        _("one address may not hold any number of connections"),
        "limit_conn_zone $binary_remote_addr zone=addresses:10m; limit_conn addresses 200",
    )


def _first_status(link: socket.socket, seconds: float) -> int:
    """What a connection says within some time; 0: nothing, or it ended."""
    link.settimeout(seconds)
    try:
        return _status(link.recv(4096))
    except OSError:
        return 0
