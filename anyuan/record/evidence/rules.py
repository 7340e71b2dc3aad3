"""The hash chain, and what makes a fact acceptable. Pure values; no Django."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

GENESIS = "0" * 64
CLOCK_SKEW = timedelta(minutes=5)
# What the hash covers, in this order; adding a field means a new chain version.
SEALED = (
    "unit_id",
    "seq",
    "activity",
    "quantity",
    "slot",
    "day",
    "occurred_at",
    "recorded_at",
    "by_id",
    "by_name",
    "how",
    "payload",
    "corrects_id",
    "withdrawn",
    "answers_id",
    "root_id",
    "obligation_id",
    "command",
    "files",
)


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value if value is None or isinstance(value, (bool, int, str, list, dict)) else str(value)


def seal(previous: str, fact: Mapping[str, Any]) -> str:
    """Return the hash of a fact after the one whose hash is `previous`."""
    body = json.dumps(
        [_canonical(fact[name]) for name in SEALED],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(f"{previous}{body}".encode()).hexdigest()


@dataclass(frozen=True)
class Break:
    """The first place at which a chain does not hold. `seq` is where it shows."""

    unit_id: int
    seq: int
    what: str


def first_break(
    unit_id: int, facts: Iterable[Mapping[str, Any]], head: tuple[int, str]
) -> Break | None:
    """Walk a unit's facts in order of `seq` against its chain's head; return the first break."""
    previous, expected = GENESIS, 1
    for fact in facts:
        seq = fact["seq"]
        if seq != expected:
            return Break(unit_id, expected, "removed" if seq > expected else "inserted")
        if fact["prev_hash"] != previous:
            return Break(unit_id, seq, "reordered")
        if seal(previous, fact) != fact["hash"]:
            return Break(unit_id, seq, "altered")
        previous, expected = fact["hash"], seq + 1
    last, digest = head
    if last != expected - 1:
        return Break(unit_id, expected, "removed" if last > expected - 1 else "inserted")
    if (digest or GENESIS) != previous:
        return Break(unit_id, last, "altered")
    return None


def too_far_ahead(occurred_at: datetime, now: datetime) -> bool:
    return occurred_at > now + CLOCK_SKEW


# By their first bytes.
TYPES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"RIFF": "image/webp",
    b"%PDF": "application/pdf",
    b"PK\x03\x04": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def kind_of(data: bytes) -> str | None:
    """The content type of a file of a kind we take; None if it is none of them."""
    return next((kind for magic, kind in TYPES.items() if data.startswith(magic)), None)
