"""Reads the forms of rosters and leave; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel import manifest
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused

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
