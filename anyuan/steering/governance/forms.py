"""Reads the forms of meetings, rules and letters; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from anyuan.evidence.forms import Invalid, parse_moment
from anyuan.kernel.commands import Refused

LONG = 20_000  # characters of minutes or of a rule


def moment(data: Mapping[str, str], name: str, now: datetime) -> datetime:
    """:raises Refused: it is no time, or not said."""
    text = data.get(name, "").strip()
    if not text:
        raise Refused(_("Please say when."))
    try:
        return parse_moment(text, now)
    except Invalid as invalid:
        raise Refused(" ".join(invalid.errors.values())) from invalid


def long_text(data: Mapping[str, str], name: str, *, required: bool = False) -> str:
    """:raises Refused: too long, empty, or holding what cannot be kept."""
    text = data.get(name, "").replace("\r\n", "\n").strip()
    if "\x00" in text:
        raise Refused(_("The text holds characters that cannot be kept. Please type it again."))
    if len(text) > LONG:
        raise Refused(_("Please use at most %(max)d characters.") % {"max": LONG})
    if required and not text:
        raise Refused(_("The text is empty."))
    return text
