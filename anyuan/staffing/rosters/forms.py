"""Reads the forms of rosters and leave; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel import manifest
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused
from anyuan.kernel.templatetags import words

from .queries.leave import KINDS
from .rules.bounds import LONGEST_ROW, MOST_WEIGHT, WEIGHTS


def moment(data: Mapping[str, str], name: str, label: str) -> datetime:
    """A local day and time, from one field. :raises Refused:"""
    try:
        moment = datetime.fromisoformat(data.get(name, "").strip())
    except ValueError:
        raise Refused(_("%(field)s: please choose a day and a time.") % {"field": label}) from None
    if not 2000 < moment.year < 2100:
        raise Refused(_("%(field)s: please choose a day and a time.") % {"field": label})
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


def leave_kind(data: Mapping[str, str]) -> str:
    """:raises Refused: it is none of them."""
    kind = data.get("kind", "")
    if kind not in dict(KINDS):
        raise Refused(_("Please choose the kind of leave."))
    return kind


def weights(data: Mapping[str, str]) -> dict[str, int]:
    """How much each wish counts; what is not said is the usual. :raises Refused:"""
    bounds = {"rest_hours": 24, "most_a_day": 4, "most_in_a_row": LONGEST_ROW}
    out = {}
    for name in WEIGHTS:
        weight = fields.whole_or_none(
            data,
            name,
            manifest.label("weight", name),
            1 if name == "most_a_day" else 0,
            bounds.get(name, MOST_WEIGHT),
        )
        if weight is not None:
            out[name] = weight
    return out


@dataclass(frozen=True)
class RosterForm:
    """A roster as it is asked for: over [starts, ends), with how much each wish counts."""

    title: str
    starts: date
    ends: date
    weights: dict[str, int]

    @classmethod
    def read(cls, data: Mapping[str, str]) -> RosterForm:
        """:raises Refused: naming the field."""
        starts, last = fields.day(data, "starts", _("From")), fields.day(data, "ends", _("To"))
        days = {"first": words.dated(starts), "last": words.dated(last)}
        return cls(
            title=fields.words(data, "title", _("Title"), 60)
            or _("Roster %(first)s to %(last)s") % days,
            starts=starts,
            ends=last + timedelta(days=1),
            weights=weights(data),
        )


@dataclass(frozen=True)
class LeaveForm:
    """When somebody asks not to serve, of which kind, and why if they say."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    reason: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> LeaveForm:
        """:raises Refused: naming the field."""
        return cls(
            starts_at=moment(data, "starts_at", _("From")),
            ends_at=moment(data, "ends_at", _("To")),
            kind=leave_kind(data),
            reason=fields.words(data, "reason", _("Reason"), 80),
        )
