"""Reads the forms of routes and points; parsing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from anyuan.field.presence import forms as presence_forms
from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.record.evidence.forms import Invalid
from anyuan.record.evidence.services.files import Upload

from .models import RouteKind, Seen

MOST_CORNERS = 20


def share(data: Mapping[str, str], name: str) -> float | None:
    """Where a point lies on the picture, from 0 to 1; None if it was not placed.

    :raises Refused:
    """
    text = data.get(name, "").strip()
    return _share(text) if text else None


def leg(data: Mapping[str, str], name: str) -> list[list[float]]:
    """The corners of a way on the picture, written `x,y x,y`; none: straight. :raises Refused:"""
    corners = [[_share(n) for n in corner.split(",")] for corner in data.get(name, "").split()]
    if len(corners) > MOST_CORNERS or any(len(c) != 2 for c in corners):
        raise Refused(_("A way has at most %(n)d corners.") % {"n": MOST_CORNERS})
    return corners


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise Refused(_("The point lies outside the picture. Please click on the picture."))
    return value


@dataclass(frozen=True)
class RouteForm:
    """A route as it is entered or changed; `apart` in minutes between two rounds."""

    name: str
    kind: str
    rounds: int
    apart: int
    head_count: bool

    @classmethod
    def read(cls, data: Mapping[str, str]) -> RouteForm:
        """:raises Refused: naming the field."""
        return cls(
            name=fields.words(data, "name", _("What it is called"), 30, required=True),
            kind=fields.one_of(data, "kind", RouteKind.values),
            rounds=fields.whole(data, "rounds", _("Rounds a shift"), 1, 24),
            apart=fields.whole(data, "apart", _("Minutes apart"), 0, 720),
            head_count=fields.ticked(data, "head_count"),
        )


@dataclass(frozen=True)
class ScanForm:
    """That a point was reached: by its `code`, or named without one; and what was seen there.

    `metres` is how far away the phone thinks it is, `skew` how much its clock was ahead.
    """

    code: str = ""
    checkpoint_id: int | None = None
    seen: str = Seen.FINE
    note: str = ""
    people: int | None = None
    metres: float | None = None
    skew: timedelta = timedelta(0)
    uploads: Sequence[Upload] = ()

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> ScanForm:
        """:raises Invalid: naming the field."""
        seen = presence_forms.text(sent, "seen", 10) or Seen.FINE
        if seen not in Seen.values:
            raise Invalid({"seen": _("Please choose from the list.")})
        counted = sent.get("people") not in {None, ""}
        named = bool(sent.get("checkpoint"))
        return cls(
            code=presence_forms.text(sent, "code", 300),
            checkpoint_id=presence_forms.whole(sent, "checkpoint") if named else None,
            seen=seen,
            note=presence_forms.text(sent, "note", 200),
            people=presence_forms.whole(sent, "people", least=0, most=2000) if counted else None,
            metres=presence_forms.metres(sent),
            skew=timedelta(seconds=float(sent.get("skew", 0))),
            uploads=list(sent.get("uploads", ())),
        )


def points_of(sent: Mapping[str, Any]) -> list[int]:
    """The points (ids) that a phone's round begins with; what is none is left out."""
    given = sent.get("points")
    listed = given if isinstance(given, list) else []
    whole = [p for p in listed if isinstance(p, int) and not isinstance(p, bool)]
    return [p for p in whole if 0 < p < 2**63]
