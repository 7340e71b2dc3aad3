"""Reads the forms of addresses and robots; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields


def mail(data: Mapping[str, str]) -> str:
    """:raises Refused:"""
    return fields.words(data, "mail", _("Mail address"), 120, required=True)


def code(data: Mapping[str, str]) -> str:
    """The code that a mail brought. :raises Refused: longer than any."""
    return fields.words(data, "code", _("Code"), 40)


@dataclass(frozen=True)
class RobotForm:
    """What a group is called here, the web hook of its robot, and what that signs with."""

    name: str
    address: str
    secret: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> RobotForm:
        """:raises Refused:"""
        return cls(
            fields.words(data, "name", _("Group"), 40, required=True),
            fields.words(data, "address", _("Web hook"), 300, required=True),
            fields.words(data, "secret", _("Signing secret"), 128),
        )
