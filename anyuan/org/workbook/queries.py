"""Reads the organisation as the rows of the workbook's sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import F

from anyuan.org.people.models import Body, Charge, Membership, Person, Post, RoleGrant
from anyuan.org.people.rules import ROLES, Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Place, Unit

Rows = list[tuple[object, ...]]


def whole(unit: Unit) -> dict[str, Rows]:
    """Everything of a unit and those below it, as the rows of the workbook's sheets."""
    below = list(units.below(unit).filter(closed_on=None))
    names = {u.pk: u.name for u in units.below(unit)}
    ids = [u.pk for u in below]
    return {
        "单位": [_unit(u, names) for u in below if u.pk != unit.pk],
        "地点": _places(ids, names),
        "人员": _people(ids, names),
        "岗位": _posts(ids, names),
        "机构": _bodies(ids, names),
        "成员": _members(ids, names),
        "包保": _charges(ids, names),
    }


def _yes(value: bool | None) -> str | None:
    return {None: None, True: "是", False: "否"}[value]


def _unit(unit: Unit, names: Mapping[int, str]) -> tuple[object, ...]:
    return (
        unit.name,
        names.get(unit.parent_id or 0),
        unit.get_kind_display(),
        unit.get_stage_display() or None,
        {None: None, True: "城市", False: "农村"}[unit.urban],
        _yes(unit.boarding),
        _yes(unit.private),
        _yes(unit.school_bus),
        _yes(unit.high_risk),
        _yes(unit.weak_base),
        unit.pupils,
        unit.classes,
        unit.buildings,
        unit.shifts,
        unit.opened_on,
    )


def _places(ids: Sequence[int], names: Mapping[int, str]) -> Rows:
    rows = Place.objects.filter(unit_id__in=ids, closed_on=None).order_by("unit__path", "pk")
    return [
        (names[p.unit_id], p.name, p.get_kind_display(), p.building, p.floor, _yes(p.key_area))
        for p in rows
    ]


def _people(ids: Sequence[int], names: Mapping[int, str]) -> Rows:
    roles = _roles(ids)
    rows = Person.objects.filter(unit_id__in=ids, left_on=None).order_by("unit__path", "pk")
    return [
        (names[p.unit_id], p.name, p.number, p.phone, p.username, "、".join(roles.get(p.pk, [])))
        for p in rows
    ]


def _roles(ids: Sequence[int]) -> dict[int, list[str]]:
    """The roles that people hold at their own unit, in Chinese."""
    rows = RoleGrant.objects.filter(
        until=None, person__unit_id__in=ids, unit_id=F("person__unit_id"), role__in=set(Role)
    )
    roles: dict[int, list[str]] = {}
    for person_id, role in rows.order_by("pk").values_list("person_id", "role"):
        roles.setdefault(person_id, []).append(ROLES[Role(role)].zh)
    return roles


def _posts(ids: Sequence[int], names: Mapping[int, str]) -> Rows:
    rows = Post.objects.filter(until=None, unit_id__in=ids).select_related("person")
    return [
        (names[p.unit_id], p.person.name, p.person.number, p.title, p.since)
        for p in rows.order_by("unit__path", "pk")
    ]


def _bodies(ids: Sequence[int], names: Mapping[int, str]) -> Rows:
    rows = Body.objects.filter(unit_id__in=ids, closed_on=None).order_by("unit__path", "pk")
    return [(names[b.unit_id], b.name, b.get_kind_display(), b.purpose) for b in rows]


def _members(ids: Sequence[int], names: Mapping[int, str]) -> Rows:
    rows = Membership.objects.filter(until=None, unit_id__in=ids, body__closed_on=None)
    return [
        (
            names[m.unit_id],
            m.body.name,
            m.person.name,
            m.person.number,
            m.get_rank_display(),
            m.duty,
            m.since,
        )
        for m in rows.select_related("person", "body").order_by("unit__path", "pk")
    ]


def _charges(ids: Sequence[int], names: Mapping[int, str]) -> Rows:
    rows = Charge.objects.filter(until=None, unit_id__in=ids).select_related("person", "place")
    return [
        (
            names[c.unit_id],
            c.person.name,
            c.person.number,
            c.area,
            c.place.name if c.place else None,
            names.get(c.school_id or 0),
            c.since,
        )
        for c in rows.order_by("unit__path", "pk")
    ]
