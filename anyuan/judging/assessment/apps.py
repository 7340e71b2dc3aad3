"""Verdicts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Job, Search

from .rules import reasons


class Assessment(manifest.App):
    name = "anyuan.judging.assessment"
    jobs = (Job("assessment", "jobs.follow"),)
    cards = (
        Card("assessment/home_headline.html", "queries.waiting.home_headline", 0),
        Card("assessment/home_schools.html", "queries.waiting.home_schools", 50),
        Card("assessment/home_declared.html", "queries.waiting.home_declared", 80),
        Card("assessment/home_done.html", "queries.waiting.home_done", 90),
    )
    labels = {
        "verdict": reasons.VERDICTS,
        "reason": reasons.WORDS,
        "makes_known": reasons.MAKES_KNOWN,
    }
    matters = "queries.waiting.matters"
    take_along = ("queries.waiting.take_along",)
    search = (Search(10, _("Schools"), "queries.boards.find_schools", "board.see"),)
    nav = (
        Entry(
            order=50,
            label=_("All schools"),
            page="board",
            permission="board.see",
            group="results",
            under=("/board/",),
            help="kanjieguo",
        ),
        Entry(
            order=60,
            label=_("Month"),
            page="month",
            permission="board.see",
            group="results",
            under=("/month/",),
            thumb=4,
            help="kanjieguo",
        ),
    )
