"""Which channels lead to somebody, and when a failed message is tried again."""

from __future__ import annotations

import re
from datetime import timedelta

_MAIL = re.compile(r"^[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}$")
_MOBILE = re.compile(r"^1\d{10}$")

TRIES = 8  # our own bound
CODE_MINUTES = 30
LONGEST_PAUSE = timedelta(minutes=30)


def is_mail(text: str) -> bool:
    return bool(_MAIL.match(text)) and len(text) <= 120


def mobile(phone: str) -> str:
    """The number to which a text message goes; empty for anything but a mobile number of the
    mainland.
    """
    digits = re.sub(r"[ \-()]", "", phone).removeprefix("+86")
    return digits if _MOBILE.match(digits) else ""


def pause(tries: int) -> timedelta:
    """How long to wait before the next try: ten seconds, then twice as long each time, at most half
    an hour.
    """
    return min(LONGEST_PAUSE, timedelta(seconds=10 * 2 ** max(0, tries - 1)))
