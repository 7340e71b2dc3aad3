"""Fifty people at once, and two thousand open streams beside them: how long pages take.

python -m bench.load            starts a sample district of its own and measures it
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PEOPLE, PAUSE, SECONDS, STREAMS = 50, 2.0, 20.0, 2000
READERS = STREAMS // 5  # people with five pages open each
PAGES = ("/", "/month/", "/roster/mine/", "/facts/")
NAME = "/api/field/me"  # says whose session it is, and nothing else

# Fifty people of the sample's schools and offices, each with a session.
SESSIONS = """
from datetime import date
from anyuan.ops import supervisor
supervisor.prepare()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from anyuan.org.accounts.sessions import SessionStore
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.models import Person
from anyuan.org.people.services import accounts
from anyuan.org.units.models import Unit
with acting(SYSTEM):
    schools = list(Unit.objects.filter(kind__in=["school", "kindergarten"]).order_by("pk"))
    district = Unit.objects.get(kind="district")
    at_school = ("guard", "teacher", "teacher", "safety_officer", "principal")
    for i in range({count}):
        role = at_school[i % 5] if i % 10 else "district_officer"
        unit = schools[i // 5 % len(schools)] if i % 10 else district
        name = f"load{{i}}"
        person = Person(username=name, name=name, unit=unit, demo=True, password="!")
        person.save()
        accounts.grant(person=person, role=role, unit=unit, since=date(2026, 1, 1))
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "anyuan.org.accounts.sign_in.SignIn"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session["second_factor"] = True
        session.create()
        print("session", session.session_key)
"""


@dataclass
class Told:
    """How long requests took, in seconds, and by what they were answered."""

    times: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def at(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def said(self, seconds: float) -> str:
        refused = sum(n for status, n in self.answers.items() if status != 200)
        return (
            f"{len(self.times) / seconds:6.1f}/s  p50 {self.at(0.5):6.0f} ms  p95"
            f" {self.at(0.95):6.0f} ms  p99 {self.at(0.99):6.0f} ms  not answered by 200: {refused}"
        )


@contextmanager
def sample() -> Iterator[tuple[int, Path]]:
    home = Path(tempfile.mkdtemp(prefix="anyuan-load-"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "ANYUAN_HOME": str(home)}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "anyuan.ops.cli", "run", "--demo", "--port", str(port)],
            env=environ,
            stdout=log,
            stderr=log,
        )
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit((home / "log").read_text())
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        yield port, home
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def sessions(home: Path) -> list[str]:
    environ = {
        **os.environ,
        "ANYUAN_HOME": str(home),
        "ANYUAN_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "anyuan.config.settings",
    }
    script = SESSIONS.format(count=PEOPLE + READERS)
    made = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SystemExit(made.stderr)
    return [w.split()[1] for w in made.stdout.splitlines() if w.startswith("session ")]


def request(path: str, session: str) -> bytes:
    head = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: sessionid={session}", "", "")
    return "\r\n".join(head).encode()


class Browser:
    """One connection that stays open, as a browser's does."""

    def __init__(self, port: int, session: str) -> None:
        self.port, self.session = port, session
        self.link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int:
        if self.link is None:
            self.link = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.link
        writer.write(request(path, self.session))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length:")[1].split()[0])
        await reader.readexactly(length)
        return int(head.split()[1])


async def visit(
    port: int, keys: list[str], pages: tuple[str, ...], pause: float, seconds: float
) -> Told:
    told, end = Told(), time.monotonic() + seconds

    async def one(number: int, key: str) -> None:
        browser = Browser(port, key)
        await asyncio.sleep(pause * number / len(keys))
        turn = number
        while time.monotonic() < end:
            began = time.monotonic()
            told.answers[await browser.get(pages[turn % len(pages)])] += 1
            told.times.append(time.monotonic() - began)
            turn += 1
            await asyncio.sleep(pause)

    await asyncio.gather(*(one(i, key) for i, key in enumerate(keys)))
    return told


async def stream(port: int, key: str, opened: Counter[str]) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request("/live/?since=0", key))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        opened["opened"] += 1
        while await reader.read(4096):
            pass
        opened["ended"] += 1
    except (OSError, EOFError, TimeoutError) as error:
        opened[type(error).__name__] += 1


async def measure(port: int, everybody: list[str]) -> None:
    keys, readers = everybody[:PEOPLE], everybody[PEOPLE:]
    await visit(port, keys, PAGES, 0.5, 3)  # warm
    for what, pages in (("a page that says its name", (NAME,)), ("pages", PAGES)):
        told = await visit(port, keys, pages, PAUSE, SECONDS)
        print(f"{PEOPLE} people, {PAUSE:g} s between, {what:<28} {told.said(SECONDS)}", flush=True)
    for what, pages in (("a page that says its name", (NAME,)), ("pages", PAGES)):
        told = await visit(port, keys, pages, 0.0, SECONDS / 2)
        said = told.said(SECONDS / 2)
        print(f"{PEOPLE} people, no pause,    {what:<28} {said}", flush=True)
    opened: Counter[str] = Counter()
    streams = [
        asyncio.create_task(stream(port, readers[i % len(readers)], opened)) for i in range(STREAMS)
    ]
    await asyncio.sleep(15)
    print(f"streams asked for: {STREAMS}; {dict(opened)}", flush=True)
    told = await visit(port, keys, PAGES, PAUSE, SECONDS)
    print(
        f"{PEOPLE} people beside the streams, pages                {told.said(SECONDS)}", flush=True
    )
    for task in streams:
        task.cancel()


def main() -> None:
    with sample() as (port, home):
        asyncio.run(measure(port, sessions(home)))


if __name__ == "__main__":
    main()
