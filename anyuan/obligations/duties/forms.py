"""Reads the form of an exemption; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields


@dataclass(frozen=True)
class ExemptionForm:
    """From which day until before which a unit asks not to be held to a duty, and why."""

    starts: date
    ends: date
    reason: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> ExemptionForm:
        """:raises Refused: naming the field."""
        return cls(
            starts=fields.day(data, "starts", _("From")),
            # People say the last day; what is kept is the day after it.
            ends=fields.day(data, "last", _("To")) + timedelta(days=1),
            reason=fields.words(data, "reason", _("Reason"), 300),
        )
