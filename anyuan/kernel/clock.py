"""Owns time at the edge: what now is, and the local day. Everything below is given `now`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The calendar day of a moment where the schools are."""
    return moment.astimezone(LOCAL).date()


def midnight(day: date) -> datetime:
    """The UTC moment at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC)
