"""Plans and what each unit owes by them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Search


class Plans(manifest.App):
    name = "anyuan.obligations.plans"
    files = ("plans_page.digest",)
    proved = ("plans_plan", "plans_phase", "plans_obligation", "plans_binding")
    cards = (Card("plans/home_phases.html", "queries.home_phases", 70),)
    matters = "queries.matters"
    search = (
        Search(40, _("Plans"), "queries.find_plans", "plan.see"),
        Search(50, _("Duties"), "queries.find_duties", "plan.see"),
    )
    nav = (
        Entry(
            order=40,
            label=_("Plans"),
            page="plans",
            permission="plan.see",
            group="plans",
            under=("/plans/",),
            help="zenyangyongfangan",
        ),
    )
    answers = {"obligation": "queries.owes"}
    deeds = {
        "calendar.exception": _("calendar exception"),
        "calendar.exception.dropped": _("calendar exception removed"),
        "calendar.term": _("term set"),
        "calendar.term.dropped": _("term removed"),
        "plan.adopted": _("plan adopted"),
        "plan.offered": _("standards chosen"),
        "plan.retired": _("plan ended"),
        "plan.uploaded": _("plan uploaded"),
    }
