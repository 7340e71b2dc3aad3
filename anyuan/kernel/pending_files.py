"""Owns files that wait for a second click: checked, shown, and taken only when the person says so.

Gone after an hour.
"""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core import signing

PENDING_FOR = 3600  # seconds


def _folder() -> Path:
    return Path(settings.HOME, "parked")


def park(data: bytes, person_id: int | None) -> str:
    """Keep a file for an hour; returns the ticket by which this person alone gets it back."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    name = uuid4().hex
    (_folder() / name).write_bytes(data)
    return signing.dumps([name, person_id], salt="parking")


def sweep() -> None:
    """Delete what has waited for more than an hour; the worker does so every half minute."""
    if _folder().is_dir():
        for old in _folder().iterdir():
            if old.stat().st_mtime < time.time() - PENDING_FOR:
                old.unlink(missing_ok=True)


def fetch(ticket: str, person_id: int | None) -> bytes | None:
    """Return the parked file; None if it is gone, or somebody else's."""
    try:
        name, owner = signing.loads(ticket, salt="parking", max_age=PENDING_FOR)
        if owner != person_id:
            return None
        return (_folder() / str(name)).read_bytes()
    except (signing.BadSignature, OSError):
        return None
