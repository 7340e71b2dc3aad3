"""Who somebody was at another unit before they moved: `leaving.move` leaves a row behind that keeps
what they did there, and nothing but the name with the number or telephone says that it is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Person


def left_behind(people: Sequence[Person]) -> dict[int, list[Person]]:
    """The rows that each of these people (ids) left behind, with their units. One query."""
    marks = {(p.name, mark): p.pk for p in people for mark in (p.number, p.phone) if mark}
    found: dict[int, list[Person]] = {p.pk: [] for p in people}
    rows = Person.objects.filter(name__in=[p.name for p in people], left_on__isnull=False)
    for row in rows.select_related("unit").order_by("pk"):
        now = marks.get((row.name, row.number)) or marks.get((row.name, row.phone))
        if now is not None and now != row.pk:
            found[now].append(row)
    return found


def ids_of(person_id: int) -> frozenset[int]:
    """Every id under which somebody did something. Two queries."""
    person = Person.objects.get(pk=person_id)
    return frozenset({person_id, *(row.pk for row in left_behind([person])[person_id])})
