"""Notices, draws and visits from above."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Entry


class Supervision(manifest.App):
    name = "anyuan.steering.supervision"
    proved = (
        "supervision_draw",
        "supervision_drawpublished",
        "supervision_notice",
        "supervision_noticeproblem",
        "supervision_visit",
    )
    append_only = ("supervision_draw", "supervision_drawpublished", "supervision_noticeproblem")
    own_activities = {"supervision.visit": "supervision"}
    matters = "queries.waiting.matters"
    to_tell = "queries.waiting.to_tell"
    nav = (
        Entry(
            order=85,
            label=_("Supervision"),
            page="supervision",
            permission="org.see",
            group="results",
            under=("/supervision/",),
            help="dudaojiancha",
        ),
    )
    deeds = {
        "draw.made": _("visits drawn"),
        "notice.answered": _("rectification notice answered"),
        "notice.checked": _("rectification notice checked again"),
        "notice.issued": _("rectification notice issued"),
        "notice.served": _("rectification notice signed for"),
        "visit.arrived": _("visit begun at the school"),
        "visit.cancelled": _("visit cancelled"),
        "visit.done": _("visit done"),
    }
