"""Meetings, rules, letters."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Entry


class Governance(manifest.App):
    name = "anyuan.steering.governance"
    proved = (
        "governance_meeting",
        "governance_agendaitem",
        "governance_attendance",
        "governance_decision",
        "governance_rule",
        "governance_ruleversion",
        "governance_ruleread",
        "governance_letter",
    )
    matters = "queries.matters"
    nav = (
        Entry(
            order=90,
            label=_("Meetings"),
            page="meetings",
            permission="org.see",
            group="unit",
            under=("/meetings/",),
            help="huiyizhiduzerenshu",
        ),
        Entry(
            order=100,
            label=_("Rules"),
            page="rules",
            permission="org.see",
            group="plans",
            under=("/rules/",),
            help="huiyizhiduzerenshu",
        ),
    )
    keepers = {"decision": "services.meetings.Decisions", "rule": "services.library.Rules"}
    deeds = {
        "decision.done": _("decision done"),
        "letter.issued": _("letters written"),
        "letter.signed": _("letter signed"),
        "meeting.called": _("meeting called"),
        "meeting.cancelled": _("meeting cancelled"),
        "meeting.held": _("meeting held"),
        "rule.closed": _("rule closed"),
        "rule.written": _("rule written"),
    }
