"""Hazards to closure."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Job, Verb


class Hazards(manifest.App):
    name = "anyuan.field.hazards"
    files = ("hazards_hazardphoto.digest",)
    proved = (
        "hazards_checklist",
        "hazards_checklistversion",
        "hazards_confirmation",
        "hazards_hazard",
        "hazards_hazardphoto",
        "hazards_hazardreceipt",
        "hazards_hazardstep",
        "hazards_inspection",
        "hazards_referral",
        "hazards_listing",
        "hazards_milestone",
        "hazards_reportcode",
    )
    append_only = (
        "hazards_checklistversion",
        "hazards_confirmation",
        "hazards_hazardphoto",
        "hazards_hazardstep",
        "hazards_inspection",
    )
    verbs = (
        Verb("hazard.report", "fact.record", "api.report"),
        Verb("hazard.fix", "fact.record", "api.fix"),
        Verb("inspection.walk", "fact.record", "api.walk"),
    )
    own_activities = {"hazard.rectify": "hazards"}
    take_along = ("queries.phone.take_along",)
    cards = (Card("hazards/home.html", "queries.home_hazards", 45),)
    jobs = (Job("hazards", "jobs.follow"),)
    matters = "queries.waiting.matters"
    to_tell = "queries.waiting.to_tell"
    nav = (
        Entry(
            order=25,
            label=_("Hazards"),
            page="hazards",
            permission="fact.see",
            under=("/hazards/",),
            help="yinhuan",
        ),
    )
    keepers = {"hazard": "services.rectifying.Owned"}
    deeds = {
        "checklist.closed": _("checklist closed"),
        "checklist.written": _("checklist written"),
        "hazard.assigned": _("hazard assigned"),
        "hazard.closed": _("hazard closed"),
        "hazard.confirmed": _("listed hazard confirmed by an office"),
        "hazard.dismissed": _("hazard found to be none"),
        "hazard.extended": _("deadline of a hazard moved"),
        "hazard.listed": _("hazard listed for supervision"),
        "hazard.merged": _("hazards merged"),
        "hazard.reopened": _("hazard opened again"),
        "hazard.sent_back": _("hazard sent back"),
        "report_code.made": _("code for telling of hazards made"),
    }
