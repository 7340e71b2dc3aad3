"""Owns how far a long request has come: a small file that its own page reads while it waits.

Gone after an hour.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.conf import settings

SAY_EVERY = 0.25  # seconds between two sayings; our own bound
PROGRESS_KEPT_FOR = 3600  # seconds
Said = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _of: int) -> None:
    """For whoever does not want to know."""


def _path(run: str, person_id: int | None) -> Path:
    return Path(
        settings.HOME, "progress", hashlib.sha256(f"{person_id}|{run}".encode()).hexdigest()
    )


def sayer(run: str, person_id: int | None) -> Said:
    """Return what a long piece of work calls with (what, done, of); `of` 0: nobody knows yet.

    `run` is made by the page.
    """
    if not run:
        return silent
    path, last = _path(run, person_id), 0.0
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def say(what: str, done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last < SAY_EVERY:
            return
        last = time.monotonic()
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"what": what, "done": done, "of": of}), "utf-8")
        part.replace(path)

    return say


def each[T](rows: Iterable[T], what: str, of: int, said: Said, *, start: int = 0) -> Iterator[T]:
    """Yield the rows and say now and then how many have gone by."""
    for n, row in enumerate(rows, start):
        if n % 100 == 0:
            said(what, n, of)
        yield row


def read(run: str, person_id: int | None) -> dict[str, object]:
    """How far a run of this person has come; empty before it said anything."""
    try:
        found: dict[str, object] = json.loads(_path(run, person_id).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def sweep() -> None:
    """Delete what is older than an hour."""
    for old in Path(settings.HOME, "progress").glob("*"):
        if old.stat().st_mtime < time.time() - PROGRESS_KEPT_FOR:
            old.unlink(missing_ok=True)
