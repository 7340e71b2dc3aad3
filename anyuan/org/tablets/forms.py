"""Reads the form of a PIN; parsing only."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused


def new_pin(data: Mapping[str, str]) -> str:
    """A PIN typed twice. :raises Refused: not the same both times."""
    pin = data.get("pin", "")
    if pin != data.get("again", ""):
        raise Refused(_("The two PINs are not the same."))
    return pin
