"""Reads the forms of the organisation; parsing only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused

_PHONE = re.compile(r"^[0-9+\-() 转]{3,20}$")
_USERNAME = re.compile(r"^[A-Za-z0-9_.@-]{2,40}$")


def phone(data: Mapping[str, str]) -> str:
    """:raises Refused:"""
    text = data.get("phone", "").strip()
    if text and not _PHONE.match(text):
        raise Refused(_("Telephone: please use digits, at most 20."))
    return text


def is_username(text: str) -> bool:
    return bool(_USERNAME.match(text))


def username(data: Mapping[str, str]) -> str:
    """The account as it was typed, in small letters."""
    return data.get("username", "").strip().lower()


def new_username(data: Mapping[str, str]) -> str:
    """:raises Refused: it could be nobody's."""
    name = username(data)
    if not is_username(name):
        raise Refused(_("An account is 2 to 40 letters, digits or . _ @ -"))
    return name


@dataclass(frozen=True)
class WelcomeForm:
    """The one-time code of a slip, and the password that somebody gives themselves."""

    code: str
    password: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> WelcomeForm:
        """:raises Refused: the two passwords differ."""
        password = data.get("password", "")
        if password != data.get("again", ""):
            raise Refused(_("The two passwords are not the same."))
        return cls(data.get("code", ""), password)


def is_phone(text: str) -> bool:
    return bool(_PHONE.match(text))


NUMBERS = {"pupils": 100_000, "classes": 1000, "buildings": 500, "shifts": 24}
ANSWERS = ("urban", "boarding", "private", "school_bus", "high_risk", "weak_base")


def traits(data: Mapping[str, str]) -> dict[str, int | bool | None]:
    """Read what a school is; an empty answer is "not known".

    :raises Refused: a number out of bounds.
    """
    out: dict[str, int | bool | None] = {}
    for name, most in NUMBERS.items():
        text = data.get(name, "").strip()
        if text and not (text.isascii() and text.isdigit() and int(text) <= most):
            raise Refused(
                _("Please enter a number from %(min)g to %(max)g.") % {"min": 0, "max": most}
            )
        out[name] = int(text) if text else None
    for name in ANSWERS:
        out[name] = {"yes": True, "no": False}.get(data.get(name, ""))
    return out


def floor(data: Mapping[str, str]) -> int | None:
    """:raises Refused:"""
    text = data.get("floor", "").strip()
    try:
        number = int(text) if text else None
    except ValueError:
        raise Refused(_("Floor: please enter a whole number.")) from None
    if number is not None and not -9 <= number <= 120:
        raise Refused(_("Floor: please enter a number from -9 to 120."))
    return number
