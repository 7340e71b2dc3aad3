"""`anyuan doctor --proxy` against proxies that hold what the guide asks for, and against each that
does not.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass, field, replace

import pytest

from anyuan.ops import proxy
from anyuan.ops.probes import HEADER, token

HELD = 0.3  # seconds after which the good proxy gives up, for the guide's ten and thirty


@dataclass(frozen=True)
class Habits:
    """What a proxy does; as the guide asks, unless said otherwise."""

    health: int = 200
    believes_anybody: bool = False
    holds_streams_back: bool = False
    takes_any_size: bool = False
    waits_for_heads: bool = False
    waits_for_bodies: bool = False
    takes_any_number: bool = False


@dataclass
class Proxy:
    """A server in threads that answers the probes as its habits are."""

    habits: Habits
    open_now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener):
        while True:
            try:
                link, _peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(link,), daemon=True).start()

    def answer(self, link):
        with self.lock:
            self.open_now += 1
            crowded = self.open_now > proxy.CONNECTIONS and not self.habits.takes_any_number
        try:
            with link:
                say(link, 503) if crowded else self.talk(link)
        except OSError:
            pass
        finally:
            with self.lock:
                self.open_now -= 1

    def talk(self, link):
        head = self.head_of(link)
        if head is None:
            return
        method, path = head.split(" ")[:2]
        if path == "/health/":
            say(link, self.habits.health)
        elif path == "/health/probe/":
            assert f"{HEADER}: {token()}" in head
            address = proxy.FORGED if self.habits.believes_anybody else "192.0.2.4"
            say(link, 200, json.dumps({"address": address, "secure": True}))
        elif path == "/live/probe/":
            self.stream(link)
        elif method == "POST":
            self.take(link, head)

    def head_of(self, link):
        link.settimeout(60 if self.habits.waits_for_heads else HELD)
        got = b""
        try:
            while b"\r\n\r\n" not in got:
                piece = link.recv(4096)
                if not piece:
                    return None
                got += piece
        except TimeoutError:
            return None
        return got.decode()

    def stream(self, link):
        link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        if self.habits.holds_streams_back:
            time.sleep(0.6)
            link.sendall(b"data: piece\n\ndata: piece\n\n")
            return
        link.sendall(b"data: piece\n\n")
        time.sleep(0.6)
        link.sendall(b"data: piece\n\n")

    def take(self, link, head):
        length = int(head.split("Content-Length: ")[1].split("\r\n")[0])
        if length > proxy.BODY_BYTES and not self.habits.takes_any_size:
            say(link, 413)
            return
        link.settimeout(60 if self.habits.waits_for_bodies else HELD)
        try:
            while link.recv(4096):
                pass
        except TimeoutError:
            return


def say(link, status, body=""):
    link.sendall(f"HTTP/1.1 {status} Said\r\n\r\n{body}".encode())


@pytest.fixture
def looked(monkeypatch):
    """What the probe finds of a proxy with some habits: for each finding whether it is well."""
    monkeypatch.setattr(proxy, "HEAD_SECONDS", HELD)
    monkeypatch.setattr(proxy, "BODY_SECONDS", HELD)
    monkeypatch.setattr(proxy, "ROOM", 2.5)
    monkeypatch.setattr(proxy, "CONNECTIONS", 20)
    listeners = []

    def look(habits):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=Proxy(habits).serve, args=(listener,), daemon=True).start()
        port = listener.getsockname()[1]
        return list(proxy.look(f"http://127.0.0.1:{port}"))

    yield look
    for listener in listeners:
        listener.close()


# In the order in which the probe looks.
NAMES = ("answers", "sender", "stream", "size", "head", "body", "connections")


def amiss(findings):
    assert len(findings) == len(NAMES)
    return {name for name, finding in zip(NAMES, findings, strict=True) if not finding.ok}


def test_a_proxy_as_the_guide_asks_passes(looked):
    assert amiss(looked(Habits())) == set()


@pytest.mark.parametrize(
    "habit, missed",
    [
        ("believes_anybody", "sender"),
        ("holds_streams_back", "stream"),
        ("takes_any_size", "size"),
        ("waits_for_heads", "head"),
        ("waits_for_bodies", "body"),
        ("takes_any_number", "connections"),
    ],
)
def test_each_thing_not_held_is_found_alone(looked, habit, missed):
    findings = looked(replace(Habits(), **{habit: True}))
    assert amiss(findings) == {missed}
    assert next(f.remedy for f in findings if not f.ok)


def test_a_program_that_is_down_is_said_and_the_proxy_still_looked_at(looked):
    findings = looked(Habits(health=502))
    assert not findings[0].ok
    assert len(findings) == len(NAMES) - 2
    assert all(finding.ok for finding in findings[1:])


def test_where_nothing_answers_it_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OSError):
        list(proxy.look(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("address", ["", "example.cn", "ftp://example.cn", "https://"])
def test_what_is_no_address_of_a_site_is_refused(address):
    with pytest.raises(ValueError):
        proxy.Site.of(address)


@pytest.mark.parametrize(
    "address, port, tls",
    [
        ("https://example.cn", 443, True),
        ("http://example.cn/anything", 80, False),
        ("https://example.cn:8443", 8443, True),
    ],
)
def test_the_port_follows_from_the_address(address, port, tls):
    site = proxy.Site.of(address)
    assert (site.host, site.port, site.tls) == ("example.cn", port, tls)
