"""Reads which stretch of time a report is about; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from anyuan.kernel.scoping import Invisible

LONGEST = 800  # days of one report; our own bound


def stretch(data: Mapping[str, str]) -> tuple[date, date] | None:
    """The half-open stretch that an address names; None where it names none.

    :raises Invisible: no stretch, or longer than any report.
    """
    if "from" not in data:
        return None
    try:
        first, until = (date.fromisoformat(data.get(name, "")) for name in ("from", "until"))
    except ValueError:
        raise Invisible from None
    if not 0 < (until - first).days <= LONGEST:
        raise Invisible
    return first, until
