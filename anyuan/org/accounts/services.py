"""Writes about sign-ins."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session

from anyuan.kernel.scoping import signing_in


def forget_sessions(at: datetime) -> int:
    """Sign-ins, once they ended."""
    with signing_in():
        return Session.objects.filter(expire_date__lt=at).delete()[0]


def forget_counts(at: datetime) -> int:
    """Counts of failures, a day after the last; no window of theirs is longer."""
    old = at.timestamp() - 24 * 3600
    folder = Path(str(settings.CACHES["default"]["LOCATION"]))
    files = [f for f in folder.glob("*.djcache") if f.stat().st_mtime < old]
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)
