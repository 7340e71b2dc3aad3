"""Many connections that say nothing, and many streams of one session, stand in nobody's way."""

from __future__ import annotations

import socket
import time
import urllib.request
from urllib.parse import urlsplit

SILENT = 2100


def answered(url):
    """Seconds until the server says that it is well."""
    began = time.monotonic()
    with urllib.request.urlopen(f"{url}/health/", timeout=20) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def connections(server, count, said=b""):
    place = urlsplit(server.url)
    made = []
    for _i in range(count):
        link = socket.create_connection((place.hostname, place.port), timeout=20)
        if said:
            link.sendall(said)
        made.append(link)
    return made


def still_open(links):
    """How many the other side has not ended."""
    count = 0
    for link in links:
        link.setblocking(False)
        try:
            count += bool(link.recv(4096))
        except BlockingIOError:
            count += 1
        except OSError:
            pass
    return count


def test_silent_and_half_said_connections_stop_nobody_and_end(server, figures):
    links = connections(server, SILENT)
    links += connections(server, 200, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    try:
        assert answered(server.url) < 5
        for _i in range(40):
            if not still_open(links):
                break
            time.sleep(0.5)
        left = still_open(links)
        figures("silent and half-said connections", len(links), len(links) - left, left)
        assert left == 0
    finally:
        for link in links:
            link.close()
    assert answered(server.url) < 5


def test_one_session_holds_a_few_streams(server, sign_in):
    page = sign_in("li")
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in page.context.cookies())
    ask = f"GET /live/?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n".encode()
    links = []
    try:
        for _i in range(60):
            links += connections(server, 1, ask)
            links[-1].recv(4096)
        assert answered(server.url) < 5
        for _i in range(20):
            if still_open(links) <= 6 * 4:
                break
            time.sleep(0.5)
        # Six in each web process, of which there are up to four.
        assert 1 <= still_open(links) <= 6 * 4
    finally:
        for link in links:
            link.close()
