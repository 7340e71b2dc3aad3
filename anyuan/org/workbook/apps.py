"""The organisation as a workbook."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest


class Workbook(manifest.App):
    name = "anyuan.org.workbook"
    label = "intake"
    deeds = {
        "organisation.exported": _("organisation exported"),
        "workbook.taken": _("workbook taken"),
    }
