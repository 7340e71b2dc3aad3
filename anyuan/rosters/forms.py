"""Reads the forms of stations, rosters and leave; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused
from anyuan.kernel.templatetags.words import weight
from anyuan.plans.forms import parse_date

from .rules import MOST_WEIGHT, WEIGHTS


def hour(data: Mapping[str, str], name: str, label: str, *, required: bool = True) -> time | None:
    """:raises Refused: no time of day."""
    text = data.get(name, "").strip().replace("：", ":")
    if not text and not required:
        return None
    try:
        return time.fromisoformat(text if ":" in text else f"{text}:00").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refused(_("%(field)s: please write a time such as 07:30.") % {"field": label}) from None


def whole(data: Mapping[str, str], name: str, label: str, least: int, most: int, *, required: bool = True) -> int | None:
    """:raises Refused: no whole number within the bounds."""
    text = data.get(name, "").strip()
    if not text and not required:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not least <= int(text) <= most:
        raise Refused(_("%(field)s: please write a whole number from %(least)d to %(most)d.") % {"field": label, "least": least, "most": most})
    return int(text)


def day(data: Mapping[str, str], name: str, label: str, *, required: bool = True) -> date | None:
    """:raises Refused:"""
    return parse_date(data.get(name, ""), label) if data.get(name, "").strip() or required else None


def moment(data: Mapping[str, str], name: str, label: str) -> datetime:
    """A local day and time, from one field. :raises Refused:"""
    try:
        found = datetime.fromisoformat(data.get(name, "").strip())
    except ValueError:
        raise Refused(_("%(field)s: please choose a day and a time.") % {"field": label}) from None
    if not 2000 < found.year < 2100:
        raise Refused(_("%(field)s: please choose a day and a time.") % {"field": label})
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def weights(data: Mapping[str, str]) -> dict[str, int]:
    """How much each wish counts; what is not said is the usual. :raises Refused:"""
    bounds = {"rest_hours": 24, "most_a_day": 4}
    out = {}
    for name in WEIGHTS:
        found = whole(data, name, weight(name), 1 if name == "most_a_day" else 0, bounds.get(name, MOST_WEIGHT), required=False)
        if found is not None:
            out[name] = found
    return out
