"""The codes of places, what is doubtful about a sign-in, and when an empty station is whose
business. Pure values.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Our own bounds, from no standard.
EMPTY_AFTER = timedelta(minutes=3)  # an empty station is shown to the leader on duty
UPWARD_AFTER = timedelta(minutes=10)  # and to those above
EARLY_OFF = timedelta(minutes=15)  # who goes this much before the end leaves the station empty
# Metres from the place that count as being there; a phone's own error is up to a hundred.
NEAR = 300.0
# Received this much after it happened: the phone was offline, and it is said.
LATE = timedelta(minutes=5)
SKEWED = timedelta(minutes=2)  # a phone's clock that is wrong by more is noticed
CODE_SECONDS = 30  # between two codes of a screen
STALE = 120  # seconds after which a screen's code was not read from the screen
HANDED = timedelta(hours=24)  # for which what somebody left open is shown to whoever comes after
AWAY = timedelta(minutes=10)  # gone for longer and back again is said
USUAL = 3  # sign-ins with one phone make it somebody's usual one
TOGETHER = timedelta(minutes=10)  # two people with one phone within this are noticed


@dataclass(frozen=True)
class Code:
    """What a code says: of which place, printed (then `number` is its version) or from a screen
    (then which half minute).
    """

    place_id: int
    printed: bool
    number: int


def _mac(key: bytes, said: str) -> str:
    return base64.b32encode(hmac.new(key, said.encode(), hashlib.sha256).digest())[:12].decode()


def code(
    key: bytes, place_id: int, *, version: int | None = None, at: datetime | None = None
) -> str:
    """The content of a place's code: printed in a version, or shown at a moment."""
    said = (
        f"{place_id}.p{version}"
        if version is not None
        else f"{place_id}.r{int(at.timestamp()) // CODE_SECONDS if at else 0}"
    )
    return f"{said}.{_mac(key, said)}"


def read_code(key: bytes, text: str) -> Code | None:
    """Read a scanned code, alone or at the end of an address; None if it is not one of ours."""
    parts = text.strip().rstrip("/").rsplit("/", 1)[-1].split(".")
    if (
        len(parts) != 3
        or len(text) > 300
        or not hmac.compare_digest(_mac(key, f"{parts[0]}.{parts[1]}").encode(), parts[2].encode())
    ):
        return None
    return Code(int(parts[0]), parts[1][0] == "p", int(parts[1][1:]))


@dataclass(frozen=True)
class Left:
    """Somebody has left a shift: where and of which kind it was, and what they left open."""

    shift_id: int
    station_id: int
    place_id: int | None
    kind: str
    starts_at: datetime
    left_at: datetime | None
    words: str


def takes_over(one: Left, other: Left) -> bool:
    """Whether one of two shifts goes on where the other ends: the same station, the same work at
    one place; or the gate and the night, who guard it around the clock.
    """
    same_place = one.place_id is not None and one.place_id == other.place_id
    guards = {one.kind, other.kind} <= {"gate", "night"}
    return (
        one.station_id == other.station_id
        or (same_place and (guards or one.kind == other.kind))
        or (guards and "night" in {one.kind, other.kind})
    )


def still_open(mine: Left, left: Sequence[Left]) -> list[Left]:
    """What was left open before a shift and nobody took over since: whoever took it over and left
    has said it again, or it is settled. The oldest first.
    """
    before = [x for x in left if x.shift_id != mine.shift_id and x.starts_at < mine.starts_at]
    return sorted(
        (
            x
            for x in before
            if x.words
            and takes_over(x, mine)
            and mine.starts_at - x.starts_at <= 2 * HANDED
            and not any(
                takes_over(x, y) and x.starts_at < y.starts_at and _later(y, x)
                for y in before
                if y is not x
            )
        ),
        key=lambda x: x.starts_at,
    )


def _later(one: Left, other: Left) -> bool:
    return one.left_at is not None and other.left_at is not None and one.left_at > other.left_at


@dataclass(frozen=True)
class Arrival:
    """How somebody came to a place: what was scanned, when, and what their phone says of it."""

    code: Code | None
    at: datetime
    metres: float | None  # from the place, as the phone thinks; None if it does not know
    skew: timedelta  # of the phone's clock
    shared: bool = False  # somebody else came with the same phone a moment ago
    unusual: bool = False  # it is not their usual phone


def doubts(came: Arrival, *, place_id: int | None, version: int) -> list[str]:
    """What does not fit about a sign-in; empty if all does.

    Nothing of it is refused: people see it and decide.
    """
    signs = {
        "elsewhere": came.metres is not None and came.metres > NEAR,
        "clock": abs(came.skew) > SKEWED,
        "shared_phone": came.shared,
        "other_phone": came.unusual,
    }
    of_code = _doubt_of_code(came, place_id, version)
    of_phone = [sign for sign, is_so in signs.items() if is_so]
    return [of_code, *of_phone] if of_code else of_phone


def _doubt_of_code(came: Arrival, place_id: int | None, version: int) -> str:
    code = came.code
    if code is None:
        return "no_code"
    if place_id is not None and code.place_id != place_id:
        return "other_place"
    if code.printed:
        return "old_code" if code.number != version else ""
    shown_for = abs(came.at.timestamp() - code.number * CODE_SECONDS)
    return "stale_code" if shown_for > STALE else ""
