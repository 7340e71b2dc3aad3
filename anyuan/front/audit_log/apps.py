"""The pages of the log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Entry


class AuditLog(manifest.App):
    name = "anyuan.front.audit_log"
    nav = (
        Entry(
            order=130,
            label=_("Audit log"),
            page="audit",
            permission="audit.see",
            group="unit",
            under=("/audit/",),
            help="heyan",
        ),
    )
    deeds = {
        "audit.exported": _("audit log exported"),
    }
