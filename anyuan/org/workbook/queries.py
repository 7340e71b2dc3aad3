"""Reads the organisation as the rows of the workbook's sheets."""

from __future__ import annotations

from anyuan.people.models import Body, Charge, Membership, Person, Post, RoleGrant
from anyuan.people.rules import ROLES, Role
from anyuan.units import queries as units
from anyuan.units.models import Place, Unit


def whole(unit: Unit) -> dict[str, list[tuple[object, ...]]]:
    """Everything of a unit and those below it, as the rows of the workbook's sheets."""
    below = list(units.below(unit).filter(closed_on=None))
    ids = [u.pk for u in below]
    names = {u.pk: u.name for u in units.below(unit)}

    def yes(value: bool | None) -> str | None:
        return None if value is None else "是" if value else "否"

    roles: dict[int, list[str]] = {}
    for person_id, role, unit_id, own in (
        RoleGrant.objects.filter(until=None, person__unit_id__in=ids)
        .order_by("pk")
        .values_list("person_id", "role", "unit_id", "person__unit_id")
    ):
        if unit_id == own and role in set(Role):
            roles.setdefault(person_id, []).append(ROLES[Role(role)].zh)
    live = {"until": None, "unit_id__in": ids}
    return {
        "单位": [
            (u.name, names.get(u.parent_id or 0), u.get_kind_display(), u.get_stage_display() or None, None if u.urban is None else "城市" if u.urban else "农村",
             yes(u.boarding), yes(u.private), yes(u.school_bus), yes(u.high_risk), yes(u.weak_base), u.pupils, u.classes, u.buildings, u.shifts, u.opened_on)
            for u in below if u.pk != unit.pk
        ],
        "地点": [(names[p.unit_id], p.name, p.get_kind_display(), p.building, p.floor, yes(p.key_area)) for p in Place.objects.filter(unit_id__in=ids, closed_on=None).order_by("unit__path", "pk")],
        "人员": [(names[p.unit_id], p.name, p.number, p.phone, p.username, "、".join(roles.get(p.pk, []))) for p in Person.objects.filter(unit_id__in=ids, left_on=None).order_by("unit__path", "pk")],
        "岗位": [(names[p.unit_id], p.person.name, p.person.number, p.title, p.since) for p in Post.objects.filter(**live).select_related("person").order_by("unit__path", "pk")],
        "机构": [(names[b.unit_id], b.name, b.get_kind_display(), b.purpose) for b in Body.objects.filter(unit_id__in=ids, closed_on=None).order_by("unit__path", "pk")],
        "成员": [(names[m.unit_id], m.body.name, m.person.name, m.person.number, m.get_rank_display(), m.duty, m.since) for m in Membership.objects.filter(**live, body__closed_on=None).select_related("person", "body").order_by("unit__path", "pk")],
        "包保": [(names[c.unit_id], c.person.name, c.person.number, c.area, c.place.name if c.place else None, names.get(c.school_id or 0), c.since) for c in Charge.objects.filter(**live).select_related("person", "place").order_by("unit__path", "pk")],
    }  # fmt: skip
