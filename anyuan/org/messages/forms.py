"""Reads the forms of addresses and robots; parsing only."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields


def mail(data: Mapping[str, str]) -> str:
    """:raises Refused:"""
    return fields.words(data, "mail", _("Mail address"), 120, required=True)


def robot(data: Mapping[str, str]) -> tuple[str, str]:
    """What a group is called here, and the web hook of its robot. :raises Refused:"""
    return fields.words(data, "name", _("Group"), 40, required=True), fields.words(
        data, "address", _("Web hook"), 300, required=True
    )
