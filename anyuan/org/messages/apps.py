"""Messages that leave the pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Job, Term


class Messages(manifest.App):
    name = "anyuan.org.messages"
    label = "reach"
    jobs = (Job("messages", "jobs.follow"),)
    retention = (
        Term("reach.Message", "services.forget_messages"),
        Term("reach.InboxEntry", "services.inbox.forget"),
        Term("reach.Address", "services.addresses.forget"),
    )
    deeds = {
        "robot.added": _("group added"),
        "robot.removed": _("group removed"),
    }
