"""The codes of places, what is doubtful about a sign-in, and when an empty station is whose business. Pure values."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

# Our own bounds, from no standard.
EMPTY_AFTER = timedelta(minutes=3)  # an empty station is shown to the leader on duty
UPWARD_AFTER = timedelta(minutes=10)  # and to those above
NEAR = 300.0  # metres from the place that count as being there; a phone's own error is up to a hundred
LATE = timedelta(minutes=5)  # received this much after it happened: the phone was offline, and it is said
STEP = 30  # seconds between two codes of a screen
STALE = 120  # seconds after which a screen's code was not read from the screen
TOGETHER = timedelta(minutes=10)  # two people with one phone within this are noticed


@dataclass(frozen=True)
class Code:
    """What a code says: of which place, printed (then `number` is its version) or from a screen (then which half minute)."""

    place_id: int
    printed: bool
    number: int


def _mac(key: bytes, said: str) -> str:
    return base64.b32encode(hmac.new(key, said.encode(), hashlib.sha256).digest())[:12].decode()


def code(key: bytes, place_id: int, *, version: int | None = None, at: datetime | None = None) -> str:
    """The content of a place's code: printed in a version, or shown at a moment."""
    said = f"{place_id}.p{version}" if version is not None else f"{place_id}.r{int(at.timestamp()) // STEP if at else 0}"
    return f"{said}.{_mac(key, said)}"


def read_code(key: bytes, text: str) -> Code | None:
    """Read a scanned code, alone or at the end of an address; None if it is not one of ours."""
    parts = text.strip().rstrip("/").rsplit("/", 1)[-1].split(".")
    if len(parts) != 3 or len(text) > 300 or not hmac.compare_digest(_mac(key, f"{parts[0]}.{parts[1]}").encode(), parts[2].encode()):
        return None
    return Code(int(parts[0]), parts[1][0] == "p", int(parts[1][1:]))


def doubts(found: Code | None, *, place_id: int | None, version: int, at: datetime, metres: float | None, skew: timedelta, shared: bool) -> list[str]:
    """What does not fit about a sign-in; empty if all does. Nothing of it is refused: people see it and decide."""
    out = []
    if found is None:
        out.append("no_code")
    elif place_id is not None and found.place_id != place_id:
        out.append("other_place")
    elif found.printed and found.number != version:
        out.append("old_code")
    elif not found.printed and abs(at.timestamp() - found.number * STEP) > STALE:
        out.append("stale_code")
    if metres is not None and metres > NEAR:
        out.append("elsewhere")
    if abs(skew) > timedelta(minutes=2):
        out.append("clock")
    if shared:
        out.append("shared_phone")
    return out
