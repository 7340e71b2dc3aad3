"""Reads what a phone says of where it is; the same reader for a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.record.evidence.forms import Invalid


def whole(fields: Mapping[str, Any], name: str, *, least: int = 1, most: int = 2**63 - 1) -> int:
    """:raises Invalid: no whole number within the bounds."""
    try:
        value = int(fields[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Invalid({name: _("This is missing or no number.")}) from None
    if not least <= value <= most:
        raise Invalid({name: _("This is missing or no number.")})
    return value


def text(fields: Mapping[str, Any], name: str, most: int) -> str:
    """:raises Invalid: no text, or too long."""
    value = fields.get(name) or ""
    if not isinstance(value, str) or len(value) > most:
        raise Invalid({name: _("Please use at most %(max)d characters.") % {"max": most}})
    return value.strip()


def metres(fields: Mapping[str, Any]) -> float | None:
    """How far from its place the phone thinks it is; None if it does not know.

    Where it is, it never says.
    """
    try:
        value = float(fields["metres"])
    except (KeyError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) and 0 <= value <= 21_000_000 else None


@dataclass(frozen=True)
class SignInForm:
    """That one has come: the code scanned, how far the place is by the phone, which phone."""

    shift_id: int
    code: str = ""
    metres: float | None = None
    device: str = ""
    skew: timedelta = timedelta(0)

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> SignInForm:
        """:raises Invalid: naming the field."""
        return cls(
            shift_id=whole(sent, "shift"),
            code=text(sent, "code", 300),
            metres=metres(sent),
            device=text(sent, "device", 36),
            skew=timedelta(seconds=float(sent.get("skew", 0))),
        )


def said(data: Mapping[str, str], *names: str) -> dict[str, str]:
    """What a page's form says to a verb of the phone's, as the phone would send it."""
    return {name: data.get(name, "") for name in names}


@dataclass(frozen=True)
class EarthForm:
    """Where on earth a place lies, in degrees; both unsaid: nowhere any more."""

    latitude: float | None
    longitude: float | None

    @classmethod
    def read(cls, data: Mapping[str, str]) -> EarthForm:
        """:raises Refused: no two numbers of a point on earth."""
        typed = [data.get(name, "").strip() for name in ("latitude", "longitude")]
        if not any(typed):
            return cls(None, None)
        try:
            latitude, longitude = (float(text) for text in typed)
        except ValueError:
            latitude = longitude = math.nan
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise Refused(
                _("Please write latitude and longitude as numbers, such as 30.5928 and 114.3055.")
            )
        return cls(latitude, longitude)
