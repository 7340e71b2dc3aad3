"""Reads the forms of routes and points; parsing only."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused

MOST_CORNERS = 20


def share(data: Mapping[str, str], name: str) -> float | None:
    """Where a point lies on the picture, from 0 to 1; None if it was not placed. :raises Refused:"""
    text = data.get(name, "").strip()
    return _share(text) if text else None


def way(data: Mapping[str, str], name: str) -> list[list[float]]:
    """The corners of a way on the picture, written `x,y x,y`; none: straight. :raises Refused:"""
    corners = [[_share(n) for n in corner.split(",")] for corner in data.get(name, "").split()]
    if len(corners) > MOST_CORNERS or any(len(c) != 2 for c in corners):
        raise Refused(_("A way has at most %(n)d corners.") % {"n": MOST_CORNERS})
    return corners


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise Refused(_("The point lies outside the picture. Please click on the picture."))
    return value
