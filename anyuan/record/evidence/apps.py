"""Facts and their chain."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Entry, Job, Search, Term, Verb


class Evidence(manifest.App):
    name = "anyuan.record.evidence"
    files = ("evidence_attachment.digest",)
    proved = (
        "evidence_fact",
        "evidence_attachment",
        "evidence_command",
        "evidence_key",
        "evidence_checkpoint",
    )
    verbs = (
        Verb("fact.record", "fact.record", "api.verbs.record"),
        Verb("fact.correct", "fact.correct", "api.verbs.correct"),
    )
    jobs = (Job("deposits", "jobs.follow"),)
    take_along = ("queries.take_along",)
    nav = (
        Entry(
            order=70,
            label=_("Ledger"),
            page="ledger",
            permission="fact.see",
            group="results",
            under=("/facts/",),
            help="kanjieguo",
        ),
        Entry(
            order=120,
            label=_("Proof"),
            page="chain",
            permission="chain.see",
            group="unit",
            under=("/evidence/",),
            help="heyan",
        ),
    )
    search = (Search(70, _("Records"), "queries.find_records", "fact.see"),)
    retention = (Term("evidence.Key", "services.erasing.forget_old_words"),)
    routers = ("api.router",)
    changing = {
        "evidence_chain": ("seq", "hash"),
        "evidence_key": ("key", "erased_at", "erased_by", "why"),
    }
    append_only = ("evidence_fact", "evidence_attachment", "evidence_checkpoint")
    labels = {
        "amiss": {
            "altered": _("altered"),
            "removed": _("removed"),
            "inserted": _("inserted"),
            "reordered": _("reordered"),
            "broken": _("rewritten"),
            "missing": _("the file is not there"),
            "changed": _("it is not the file that was recorded"),
            "foreign": _("no record says so"),
            "unnamed": _("the record says so, and no file is kept"),
        }
    }
    deeds = {
        "chain.verified": _("evidence verified"),
        "checkpoint.exported": _("checkpoint exported"),
        "fact.corrected": _("record corrected"),
        "record.erased": _("words of a record erased"),
    }
