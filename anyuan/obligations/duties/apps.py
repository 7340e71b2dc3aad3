"""Who answers for what."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest


class Duties(manifest.App):
    name = "anyuan.obligations.duties"
    proved = ("duties_responsible", "duties_exemption")
    matters = "queries.matters"
    keepers = {"duty": "services.Duties"}
    carried = ("services.carry",)
    deeds = {
        "duty.answered": _("responsibility named"),
        "exemption.asked": _("exemption asked"),
        "exemption.ended": _("exemption ended"),
        "exemption.granted": _("exemption granted"),
        "exemption.refused": _("exemption refused"),
        "exemption.withdrawn": _("exemption taken back"),
    }
