"""The codes of places."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from anyuan.kernel import secret
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Invisible
from anyuan.org.units import queries as units
from anyuan.org.units.models import Place

from ..models import PlaceCode
from ..rules import (
    Code,
    read_code,
)


def key() -> bytes:
    """What the codes of this installation are made with."""
    return secret.derived("place code")[0]


def read(text: str) -> Code | None:
    """A code made with the current key or an older one: what is printed at a gate outlives a change
    of keys.
    """
    return next(
        (found for k in secret.derived("place code") if (found := read_code(k, text))), None
    )


def read_scanned(text: str) -> Code | None:
    """What was scanned, if anything was. :raises Refused: it is no code of a place."""
    if not text:
        return None
    code = read(text)
    if code is None:
        raise Refused(
            _(
                "This is not the code of a place. Please scan the sheet at your station, or sign in"
                " without it."
            )
        )
    return code


def place_of(text: str) -> Place:
    """The place whose code this is.

    :raises Invisible: no code of ours, or not one of the viewer's.
    """
    found = read(text)
    if found is None:
        raise Invisible
    return units.place(found.place_id)


def versions(places: Iterable[Place]) -> dict[int, int]:
    """The version of each place's printed code; 1 until one is issued anew."""
    known = dict(
        PlaceCode.objects.filter(place__in=list(places))
        .order_by()
        .values_list("place_id", "version")
    )
    return {p.pk: known.get(p.pk, 1) for p in places}


def code_row(place_id: int) -> PlaceCode | None:
    return PlaceCode.objects.filter(place_id=place_id).order_by("pk").first()


def code_rows(places: Iterable[Place]) -> dict[int, PlaceCode]:
    return {r.place_id: r for r in PlaceCode.objects.filter(place__in=list(places)).order_by("pk")}


def located(place_ids: Iterable[int]) -> dict[int, list[float]]:
    """Where on earth places are, as [latitude, longitude], if that was said; a phone compares by
    itself and tells only the distance.
    """
    rows = (
        PlaceCode.objects.filter(place_id__in=list(place_ids), latitude__isnull=False)
        .order_by()
        .values_list("place_id", "latitude", "longitude")
    )
    return {p: [a, b] for p, a, b in rows if a is not None and b is not None}
