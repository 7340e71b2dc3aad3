"""The home page and the record form."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Search


class Desk(manifest.App):
    name = "anyuan.front.desk"
    cards = (Card("desk/first_steps.html", "queries.home.first_steps", 1),)
    nav = (
        Entry(
            order=20,
            label=_("Record"),
            page="record-choose",
            permission="fact.record",
            under=("/record/",),
            thumb=2,
            help="meitian",
        ),
    )
    search = (Search(90, _("Guide"), "queries.guide.find", ""),)
