"""Routes, rounds, scans."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Job, Verb


class Patrols(manifest.App):
    name = "anyuan.field.patrols"
    files = ("patrols_campuspicture.digest",)
    proved = (
        "patrols_route",
        "patrols_checkpoint",
        "patrols_round",
        "patrols_scan",
        "patrols_campuspicture",
    )
    verbs = (
        Verb("round.start", "fact.record", "api.start"),
        Verb("round.scan", "fact.record", "api.scan"),
        Verb("round.end", "fact.record", "api.end"),
    )
    jobs = (Job("patrols", "jobs.follow"),)
    matters = "queries.waiting.matters"
    to_tell = "queries.waiting.to_tell"
    take_along = ("queries.waiting.take_along",)
    labels = {
        "round_doubt": {
            "not_walked": _("the points lie too close in time to have been walked to"),
            "nothing_scanned": _("no code was scanned, though codes hang there"),
        }
    }
    deeds = {
        "campus.picture": _("picture of the campus changed"),
        "round.accepted": _("round in doubt accepted"),
        "route.closed": _("route closed"),
        "route.points": _("points of a route set"),
        "route.set": _("route set"),
    }
