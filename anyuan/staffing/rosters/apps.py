"""Rosters, shifts, leave, swaps."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Job, Term


class Rosters(manifest.App):
    name = "anyuan.staffing.rosters"
    proved = ("rosters_roster", "rosters_shift", "rosters_leave", "rosters_swap", "rosters_request")
    jobs = (Job("rosters", "jobs.follow"),)
    cards = (
        Card("rosters/home_now.html", "queries.present.home_watch", -10),
        Card("rosters/home_shifts.html", "queries.waiting.home_shifts", 30),
    )
    matters = "queries.waiting.matters"
    nav = (
        Entry(
            order=30,
            label=_("On duty"),
            page="roster-week",
            permission="roster.see",
            under=("/roster/", "/shifts/", "/patrols/", "/rounds/", "/codes/"),
            thumb=3,
            thumb_page="my-shifts",
            help="zhiqinyuxunluo",
        ),
    )
    retention = (
        Term("rosters.Leave", "services.leave.forget_over"),
        Term("rosters.Shift", "services.attendance.forget_who_served"),
        Term("rosters.StandInRequest", "services.stand_in.forget_over"),
        Term("rosters.Swap", "services.swaps.forget_over"),
    )
    keepers = {"shift": "services.shifts.Shifts"}
    labels = {
        "hindrance": {
            "leave": _("on leave then"),
            "lesson": _("has a lesson then"),
            "certificate": _("lacks the certificate, or it has ended"),
            "gender": _("this station asks for another gender"),
            "on duty": _("on duty elsewhere then"),
            "not serving": _("does not serve there any more"),
            "rest": _("too short a rest after the night"),
            "too many a week": _("has enough shifts that week"),
            "too many in a row": _("would have no day off for too long"),
            "too many a day": _("one shift a day is the most"),
            "able": _("too few people may serve there"),
            "cover": _("every station must be manned"),
            "two at once": _("hours overlap"),
            "too few minutes": _("cannot serve as many hours as must be"),
        },
        "weight": {
            "nights": _("Nights shared evenly"),
            "days_off": _("Days without school shared evenly"),
            "holidays": _("Public holidays shared evenly"),
            "all": _("Shifts shared evenly"),
            "wishes": _("Wishes"),
            "changes": _("Few changes"),
            "rest_hours": _("Hours of rest after a night"),
            "most_a_day": _("Shifts a day at most"),
            "most_in_a_row": _("Days of duty in a row at most"),
        },
    }
    deeds = {
        "leave.approved": _("leave approved"),
        "leave.asked": _("leave asked"),
        "leave.refused": _("leave refused"),
        "leave.withdrawn": _("leave taken back"),
        "roster.asked": _("roster asked for"),
        "roster.discarded": _("roster thrown away"),
        "roster.published": _("roster put in force"),
        "roster.repaired": _("roster repaired"),
        "shift.asked": _("asked to stand in"),
        "shift.exchanged": _("shifts exchanged"),
        "shift.given": _("shift given"),
        "swap.decided": _("swap decided"),
    }
