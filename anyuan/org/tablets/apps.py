"""Shared tablets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Term


class Tablets(manifest.App):
    name = "anyuan.org.tablets"
    retention = (Term("tablets.Pin", "services.forget_pins"),)
    routers = ("api.router",)
    deeds = {
        "account.pin": _("PIN changed"),
        "tablet.added": _("tablet added"),
        "tablet.removed": _("tablet taken away"),
    }
