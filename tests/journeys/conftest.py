"""A real server with the sample district, and a real browser."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from anyuan.kernel import shredding

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "anyuan-demo-2026"
SAMPLE = "anyuan-sample-"


@dataclass
class Server:
    url: str
    home: Path

    def rows(self, query, *params):
        """Ask the database itself, as its owner, past every lock of the program."""
        with psycopg.connect(f"postgresql://postgres@/anyuan?host={self.home / 'pg'}") as link:
            return link.execute(query, params).fetchall()

    def places(self, begins):
        """Who recorded what at a place that begins so, in the order in which it came. The words of
        records are locked: each is opened by its key.
        """
        rows = self.rows(
            "SELECT f.by_name, f.payload, k.key FROM evidence_fact f LEFT JOIN evidence_key k ON"
            " k.unit_id = f.unit_id AND k.seq = f.seq ORDER BY f.id"
        )
        said = [
            (name, str(shredding.unlock(payload, key and bytes(key)).get("place", "")))
            for name, payload, key in rows
        ]
        return [(name, place) for name, place in said if place.startswith(begins)]

    def command(self, *args):
        environ = {**os.environ, "ANYUAN_HOME": str(self.home), "ANYUAN_DEMO": "1"}
        return subprocess.run(
            [sys.executable, "-m", "anyuan.ops.cli", *args],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def program(self, script):
        """Run a piece of the program beside the server, as the program: what it writes is sealed.
        Returns what it prints.
        """
        begin = "from anyuan.ops import supervisor\nsupervisor.prepare()\n"
        environ = {
            **os.environ,
            "ANYUAN_HOME": str(self.home),
            "ANYUAN_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "anyuan.config.settings",
        }
        environ.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-c", begin + script],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


def _sample() -> Path:
    """The sample district, built once for all who test: a state folder to be copied."""
    folder = Path(tempfile.gettempdir()) / f"{SAMPLE}{os.environ['ANYUAN_TEST_RUN']}"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o755)
            environ = {**os.environ, "ANYUAN_HOME": str(folder), "ANYUAN_DEMO": "1"}
            for step in ("migrate", "demo"):
                subprocess.run(
                    [sys.executable, "-m", "anyuan.ops.cli", step], env=environ, check=True
                )
            (folder / "ready").touch()
    return folder


@pytest.fixture(scope="session")
def server():
    home = Path(tempfile.mkdtemp(prefix="anyuan-journey-"))
    home.chmod(0o755)
    # With owners and rights: the embedded server is picky about its own.
    subprocess.run(["cp", "-a", f"{_sample()}/.", str(home)], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "ANYUAN_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    environ.pop("ANYUAN_DEMO", None)
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "anyuan.ops.cli", "run", "--demo", "--port", str(port)],
            env=environ,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            if process.poll() is not None:
                pytest.fail((home / "log").read_text())
            try:
                urllib.request.urlopen(f"{url}/health/", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        yield Server(url, home)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, (home / "log").read_text()
        left = subprocess.run(
            ["pgrep", "-f", str(home)], capture_output=True, text=True, check=False
        ).stdout
        assert not left, "a process was left behind"
    finally:
        if process.poll() is None:
            process.kill()
        shutil.rmtree(home, ignore_errors=True)


# Playwright holds an event loop while it lives, in which Django would refuse its database: end it
# with the module.
@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if not path:
        pytest.fail("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(server, chromium):
    """Open a page of one's own, signed in; a page that logs an error fails its test, but for the
    one answer a test is about to provoke.
    """
    contexts, problems = [], []

    def enter(user, *, phone=False, refused="409"):
        context = chromium.new_context(
            locale="zh-CN",
            viewport={"width": 390, "height": 844} if phone else {"width": 1366, "height": 768},
            accept_downloads=True,
            base_url=server.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                problems.append(message.text)
                if message.type == "error" and refused not in message.text
                else None
            ),
        )
        page.goto("/sign-in/")
        page.fill("#id_login", user)
        page.fill("#id_password", PASSWORD)
        page.click("button.big")
        page.wait_for_url(server.url + "/")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not problems
