"""Many connections that say nothing, and many streams of one session, stand in nobody's way."""

from __future__ import annotations

import http.client
import os
import re
import socket
import threading
import time
import urllib.request
from collections import Counter
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import psutil

from tests.journeys.conftest import PASSWORD

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


def web_memory(server):
    """Bytes that the web processes of a server hold."""
    asked = str(server.home)
    total = 0
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        try:
            if "granian" in process.info["cmdline"] and process.environ()["ANYUAN_HOME"] == asked:
                total += process.info["memory_info"].rss
        except (psutil.Error, KeyError, TypeError):
            continue
    return total


def test_streams_that_never_read_cost_little_and_stop_nobody(server, sign_in, figures):
    page = sign_in("li")
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in page.context.cookies())
    ask = f"GET /live/?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n".encode()
    place = urlsplit(server.url)
    links = []
    try:
        for _i in range(6):
            link = socket.socket()
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            link.connect((place.hostname, place.port))
            link.sendall(ask)
            links.append(link)
        time.sleep(1)
        before = web_memory(server)
        assert before > 0
        told = 0
        for began in range(0, TOLD, 10_000):
            server.rows(TELL, began, began + 9_999)
            told += 10_000
            assert answered(server.url) < 5
        grown = web_memory(server) - before
        figures("events told to streams that never read", told, told)
        assert grown < 64 * 1024 * 1024
    finally:
        for link in links:
            link.close()
    assert answered(server.url) < 5


TOLD = 200_000
TELL = """SELECT count(pg_notify('anyuan', '{"topic": "verdicts", "n": ' || n || '}'))
    FROM generate_series(%s::int, %s::int) AS n"""


GUESSES = 10_000 if os.environ.get("FAULTS") else 240
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Caller:
    """Somebody at an address of their own, who keeps one connection."""

    def __init__(self, server, address):
        place = urlsplit(server.url)
        self.link = http.client.HTTPConnection(
            place.hostname, place.port, timeout=60, source_address=(address, 0)
        )
        self.cookies = ""
        self.form = ""

    def ask(self, method, path, body=None):
        sent = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        self.link.request(method, path, body, sent)
        answer = self.link.getresponse()
        said = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies += cookie.split(";")[0] + "; "
        return answer.status, said

    def sign_in(self, name, password):
        if not self.form:
            _status, page = self.ask("GET", "/sign-in/")
            self.form = TOKEN.findall(page)[0]
        body = {"csrfmiddlewaretoken": self.form, "login": name, "password": password}
        status, _page = self.ask("POST", "/sign-in/", urlencode(body))
        return status

    def close(self):
        self.link.close()


def guess(server, numbers, answers):
    with closing(Caller(server, "127.0.0.2")) as caller:
        for number in numbers:
            answers.append(caller.sign_in(f"nobody{number % 50}", f"guess {number}"))


def test_thousands_of_sign_ins_from_one_address_hold_up_nobody_elsewhere(server, figures):
    """Two people sign in from another address every moment while forty connections guess."""
    answers, waited = [], []
    crowd = [
        threading.Thread(target=guess, args=(server, range(i, GUESSES, 40), answers))
        for i in range(40)
    ]
    for one in crowd:
        one.start()
    while any(one.is_alive() for one in crowd):
        began = time.monotonic()
        with closing(Caller(server, "127.0.0.3")) as caller:
            assert caller.sign_in("li", PASSWORD) == 302
        waited.append(time.monotonic() - began)
        time.sleep(0.5)
    figures("guesses from one address", GUESSES, len(answers), GUESSES - len(answers))
    figures("sign-ins from elsewhere meanwhile", len(waited), len(waited))
    print(Counter(answers), f"{len(waited)} sign-ins, the slowest {max(waited):.1f} s")
    assert 302 not in answers
    assert max(waited) < 20  # after which an act is sent away; other tests share the cores
