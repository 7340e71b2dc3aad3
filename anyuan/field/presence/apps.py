"""Who came, and who did not."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Term, Verb


class Presence(manifest.App):
    name = "anyuan.field.presence"
    proved = ("presence_presence", "presence_placecode")
    verbs = (
        Verb("shift.sign_in", "fact.record", "api.sign_in"),
        Verb("shift.leave", "fact.record", "api.leave"),
    )
    matters = "queries.vacancies.matters"
    to_tell = "queries.vacancies.to_tell"
    take_along = ("queries.sign_ins.take_along",)
    retention = (
        Term("presence.Presence.device", "services.forget_phones"),
        Term("presence.Presence.handover", "services.forget_handovers"),
    )
    labels = {
        "doubt": {
            "no_code": _("without scanning"),
            "other_place": _("code of another place"),
            "old_code": _("an old sheet"),
            "stale_code": _("the screen's code was old, perhaps a photograph"),
            "elsewhere": _("the phone was elsewhere"),
            "clock": _("the phone's clock was wrong"),
            "shared_phone": _("one phone for two people"),
            "other_phone": _("not their usual phone"),
            "was_away": _("left and came back"),
            "too_quick": _("sooner than one can walk"),
            "sent_later": _("sent later, from offline"),
        },
    }
    deeds = {
        "code.issued": _("code of a place renewed"),
        "code.located": _("position of a place set"),
    }
