"""Reads the forms of routes and points; parsing only."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused


def share(data: Mapping[str, str], name: str) -> float | None:
    """Where a point lies on the picture, from 0 to 1; None if it was not placed. :raises Refused:"""
    text = data.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise Refused(_("The point lies outside the picture. Please click on the picture."))
    return value
