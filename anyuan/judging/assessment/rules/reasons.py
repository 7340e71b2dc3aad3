"""Verdicts in words, why each is what it is, and what would make an unknown one known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

VERDICTS: Mapping[str, Any] = {
    "met": _("met"),
    "due": _("due"),
    "short": _("short"),
    "breached": _("breached"),
    "exempt": _("exempt"),
    "declared": _("declared"),
    "unknown": _("unknown"),
}

WORDS: Mapping[str, Any] = {
    "reached": _("as many as are needed"),
    "in_time": _("answered in time"),
    "person_said": _("a person said so"),
    "granted": _("an exemption was granted"),
    "still_open": _("the time is not over"),
    "nothing_recorded": _("nothing was recorded"),
    "one_short": _("one is missing"),
    "some_short": _("several are missing"),
    "too_many": _("more than allowed"),
    "gap_too_long": _("too long between two records"),
    "left_empty": _("too long with nobody signed in"),
    "too_late": _("answered too late"),
    "no_answer": _("not answered in time"),
    "happened": _("it happened all the same"),
    "cannot_reach": _("too many units below fall short"),
    "nobody_said": _("nobody declared it"),
    "none_reported": _("nothing was reported, which proves nothing"),
    "no_roster": _("no roster says who should have been there"),
    "no_size": _("how many are needed is not known"),
    "nobody_owes": _("no unit below owes it"),
    "parts_unknown": _("some units below have recorded nothing"),
}

# Of every reason for which a verdict can be unknown.
MAKES_KNOWN: Mapping[str, Any] = {
    "nothing_recorded": _("Record how many there are; it counts from that day."),
    "nobody_said": _("Whoever is responsible declares it; a late declaration is marked as late."),
    "none_reported": _("Whoever is responsible declares that it did not happen."),
    "no_roster": _("Publish the roster of that day; it is judged by who signed in."),
    "no_size": _("Enter the unit's size: pupils, boarders, staff, classes, guards."),
    "nobody_owes": _("Adopt the plan for units below, or correct whom it applies to."),
    "parts_unknown": _("The units below record how many they have."),
}
