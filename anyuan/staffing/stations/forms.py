"""Reads the forms of stations; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.plans.forms import parse_date

from .rules import Lesson, breaks_in, timetable_in

MOST_TYPED = 60_000  # characters of a pasted timetable


def hour(data: Mapping[str, str], name: str, label: str, *, required: bool = True) -> time | None:
    """:raises Refused: no time of day."""
    text = data.get(name, "").strip().replace("：", ":")
    if not text and not required:
        return None
    try:
        return time.fromisoformat(text if ":" in text else f"{text}:00").replace(
            second=0, microsecond=0, tzinfo=None
        )
    except ValueError:
        raise Refused(
            _("%(field)s: please write a time such as 07:30.") % {"field": label}
        ) from None


def whole(
    data: Mapping[str, str], name: str, label: str, least: int, most: int, *, required: bool = True
) -> int | None:
    """:raises Refused: no whole number within the bounds."""
    text = data.get(name, "").strip()
    if not text and not required:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not least <= int(text) <= most:
        raise Refused(
            _("%(field)s: please write a whole number from %(least)d to %(most)d.")
            % {"field": label, "least": least, "most": most}
        )
    return int(text)


def day(data: Mapping[str, str], name: str, label: str, *, required: bool = True) -> date | None:
    """:raises Refused:"""
    return parse_date(data.get(name, ""), label) if data.get(name, "").strip() or required else None


def breaks(data: Mapping[str, str]) -> list[tuple[str, time, time]]:
    """:raises Refused: a line that is no break."""
    found = breaks_in(data.get("breaks", "")[:2000])
    if found is None:
        raise Refused(_("Breaks: please write one a line, such as 大课间 09:50-10:20."))
    return found


def timetable(data: Mapping[str, str]) -> list[Lesson]:
    """:raises Refused: too long, nothing in it, or lines that say no lesson, by their numbers."""
    text = data.get("timetable", "")
    if len(text) > MOST_TYPED:
        raise Refused(
            _("At most %(n)d characters at once. Please enter it in parts.") % {"n": MOST_TYPED}
        )
    lessons, unread = timetable_in(text)
    if unread:
        raise Refused(
            _(
                "Not understood: line %(lines)s. Nothing was changed. Write a name, a weekday, and periods or hours; and say once when each period is."
            )
            % {"lines": "、".join(map(str, unread[:10]))}
        )
    if not lessons:
        raise Refused(_("Please paste the timetable first."))
    return lessons
