"""The log of who did what."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Term


class Audit(manifest.App):
    name = "anyuan.org.audit"
    proved = ("audit_event",)
    append_only = ("audit_event",)
    retention = (Term("audit.Event", "services.forget_old"),)
    deeds = {
        "document.exported": _("document taken as a file"),
        "retention.forgotten": _("forgotten after its time"),
    }
