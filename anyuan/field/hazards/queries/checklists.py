"""Which lists a unit has, for which of its places, and when each was last walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Max, Prefetch, QuerySet

from anyuan.kernel.scoping import Invisible, visible
from anyuan.org.units import queries as units
from anyuan.org.units.models import Place, Unit

from ..models import Checklist, ChecklistVersion, Inspection, Season
from ..rules import checklists as rules
from ..rules.checklists import Item

__all__ = ["Inspection", "Season"]


@dataclass(frozen=True)
class Listed:
    """A list as it stands now, built in or of an office. `key` names it in addresses."""

    key: str
    name: str
    kinds: Sequence[str]
    season: str
    whole: bool
    items: Sequence[Item]
    version: int
    unit: Unit | None = None  # whose it is; none: it is built in
    row: Checklist | None = None

    @property
    def lines(self) -> str:
        """The items as an office types them."""
        return "\n".join(item.text for item in self.items)


def _own(row: Checklist) -> Listed:
    newest = row.versions.all()[0]
    return Listed(
        key=str(row.pk),
        name=row.name,
        kinds=row.kinds,
        season=row.season,
        whole=row.whole,
        items=[Item(text) for text in newest.items],
        version=newest.number,
        unit=row.unit,
        row=row,
    )


def _built_in(made: rules.Builtin) -> Listed:
    return Listed(made.code, made.name, made.kinds, made.season, made.whole, made.items, 1)


def _rows(unit: Unit) -> QuerySet[Checklist]:
    """Lists of the unit and of those above it."""
    above = [int(pk) for pk in unit.path.strip("/").split("/")]
    versions = Prefetch("versions", ChecklistVersion.objects.order_by("-number"))
    rows = Checklist.objects.filter(unit_id__in=above, closed_on=None)
    return rows.select_related("unit").prefetch_related(versions).order_by("name", "pk")


def lists(unit: Unit) -> list[Listed]:
    """Every list that a unit may walk: those of offices first."""
    return [_own(row) for row in _rows(unit)] + [_built_in(b) for b in rules.builtin().values()]


def get(unit: Unit, key: str) -> Listed:
    """:raises Invisible: the unit has no such list."""
    found = next((listed for listed in lists(unit) if listed.key == key), None)
    if found is None:
        raise Invisible
    return found


def row(pk: int) -> Checklist:
    """:raises Invisible:"""
    return visible(Checklist.objects.select_related("unit").order_by("pk"), pk)


def items_of(listed: Listed, version: int) -> Sequence[Item] | None:
    """The items of an earlier version, which a phone took along; None if there never was one."""
    if version == listed.version:
        return listed.items
    if listed.row is None:
        return None
    old = listed.row.versions.filter(number=version).first()
    return [Item(text) for text in old.items] if old else None


@dataclass(frozen=True)
class Stop:
    """One place to walk with one list, and when that was last done."""

    listed: Listed
    place: Place
    last: date | None

    @property
    def address(self) -> str:
        return urlencode({"unit": self.place.unit_id, "place": self.place.name})


def stops(unit: Unit, today: date) -> list[Stop]:
    """Every place of a unit with the lists that are for its kind, those longest not walked first.
    Four queries.
    """
    done, places = last_walked(unit), units.places(unit)
    found = [
        Stop(listed, place, done.get((listed.key, place.name)))
        for listed in lists(unit)
        if rules.is_in_season(listed.season, today)
        for place in places
        if place.kind in listed.kinds
    ]
    return sorted(found, key=lambda s: (s.last or date.min, s.listed.name, s.place.name))


def last_walked(unit: Unit) -> dict[tuple[str, str], date]:
    """(key of the list, place) → the day on which it was last walked."""
    rows = (
        Inspection.objects.filter(unit=unit)
        .order_by()
        .values_list("checklist_id", "code", "place")
        .annotate(last=Max("done_at__date"))
    )
    return {(code or str(pk), place): last for pk, code, place, last in rows}


def inspection(pk: int) -> Inspection:
    """:raises Invisible:"""
    return visible(Inspection.objects.select_related("unit", "person").order_by("pk"), pk)


def newest(unit: Unit) -> QuerySet[Inspection]:
    return (
        Inspection.objects.filter(unit__path__startswith=unit.path)
        .select_related("unit", "person")
        .order_by("-done_at", "-pk")
    )
