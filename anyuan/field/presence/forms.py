"""Reads what a phone says of where it is; the same reader for a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from anyuan.evidence.forms import Invalid


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
    """How far from its place the phone thinks it is; None if it does not know. Where it is, it never says."""
    try:
        value = float(fields["metres"])
    except (KeyError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) and 0 <= value <= 21_000_000 else None
