"""Takes the organisation from a workbook: all of it, or with any problem nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from anyuan.audit import services as audit
from anyuan.kernel import clock, progress
from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer, signing_in
from anyuan.people.forms import is_phone, is_username
from anyuan.people.models import Body, Charge, Invitation, Membership, Person, Post, RoleGrant
from anyuan.people.rules import ROLES, Role, fits, gives, role_named
from anyuan.people.services import found_by
from anyuan.units import queries as units_queries
from anyuan.units import services as units_services
from anyuan.units.models import CAMPUSES, Place, Unit

from . import forms
from .forms import Organisation, Row

LOCK = 0x696E746B  # of the database, held by whoever takes a workbook


@dataclass
class Imported:
    """How many rows of each sheet were new and how many brought an old row up to date."""

    new: dict[str, int]
    known: dict[str, int]


def take_workbook(
    *,
    unit: Unit,
    found: Organisation,
    by: Viewer,
    at: datetime,
    keep: bool,
    said: progress.Said = progress.silent,
) -> Imported | None:
    """Bring the organisation of a unit up to date from a workbook: all of it, or with any problem nothing.

    Problems are added to `found`, cell by cell. With `keep` unset it is a dry run: everything is tried and undone.
    """
    by.require("org.edit", unit.path)
    held = {g.role for g in by.grants if unit.path.startswith(g.path)}
    with transaction.atomic():
        # One workbook at a time: the second of two finds what the first wrote, and brings it up to date.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        intake = _Intake(
            unit, found, local_day(at), set(Role) if by.system else gives(held), by, said
        )
        done = intake.run()
        if found.problems or not keep:
            transaction.set_rollback(True)
        else:
            if intake.changed:
                units_services.follow(intake.changed, by, at)
            audit.record(
                "workbook.taken", by=by, at=at, unit_id=unit.pk, subject=unit.name, rows=found.size
            )
    return None if found.problems else done


def say_exported(*, unit: Unit, by: Viewer, at: datetime) -> None:
    """Log that the organisation, with names and telephones, left the program."""
    by.require("org.edit", unit.path)
    audit.record("organisation.exported", by=by, at=at, unit_id=unit.pk, subject=unit.name)


class _Intake:
    """One run over a workbook's rows, sheet after sheet; looks things up in memory, writes in bulk."""

    def __init__(
        self,
        root: Unit,
        found: Organisation,
        today: date,
        roles: Collection[Role],
        by: Viewer,
        said: progress.Said,
    ) -> None:
        self.said, self.past = said, 0
        self.found, self.today, self.roles, self.root, self.by = found, today, roles, root, by
        self.units: dict[str, list[Unit]] = {}
        for u in units_queries.below(root).filter(closed_on=None):
            self.units.setdefault(u.name, []).append(u)
        ids = [u.pk for same in self.units.values() for u in same]
        live = {"unit_id__in": ids, "until": None}
        self.people = {
            (p.unit_id, p.name, p.number): p
            for p in Person.objects.filter(unit_id__in=ids, left_on=None).order_by("pk")
        }
        self.places = {
            (p.unit_id, p.name): p
            for p in Place.objects.filter(unit_id__in=ids, closed_on=None).order_by("pk")
        }
        self.bodies = {
            (b.unit_id, b.name): b
            for b in Body.objects.filter(unit_id__in=ids, closed_on=None).order_by("pk")
        }
        self.posts = {
            (p.unit_id, p.person_id, p.title): p for p in Post.objects.filter(**live).order_by("pk")
        }
        self.seats = {
            (m.body_id, m.person_id): m for m in Membership.objects.filter(**live).order_by("pk")
        }
        self.charges = {
            (c.unit_id, c.person_id, c.area): c
            for c in Charge.objects.filter(**live).order_by("pk")
        }
        self.grants = set(
            RoleGrant.objects.filter(**live).values_list("person_id", "unit_id", "role")
        )
        self.done = Imported({}, {})
        self.changed: list[Unit] = []

    def run(self) -> Imported:
        self._units()
        self._rows(
            "地点",
            Place,
            self.places,
            lambda u, v: (u.pk, v["name"]),
            lambda u, v: {"unit": u, **_without(v, "unit"), "key_area": bool(v["key_area"])},
        )
        self._people()
        self._rows(
            "岗位",
            Post,
            self.posts,
            lambda u, v: (u.pk, _who(v["person"]), v["title"]),
            lambda u, v: {
                "unit": u,
                "person": v["person"],
                "title": v["title"],
                "since": v["since"],
            },
        )
        self._rows(
            "机构",
            Body,
            self.bodies,
            lambda u, v: (u.pk, v["name"]),
            lambda u, v: {"unit": u, **_without(v, "unit")},
        )
        self._rows("成员", Membership, self.seats, lambda u, v: (_who(v["body"]), _who(v["person"])), lambda u, v: {
            "unit": u, "body": v["body"], "person": v["person"], "rank": v["rank"], "duty": v["duty"], "since": v["since"]})  # fmt: skip
        self._rows("包保", Charge, self.charges, lambda u, v: (u.pk, _who(v["person"]), v["area"]), lambda u, v: {
            "unit": u, "person": v["person"], "area": v["area"], "place": v["place"], "school": v["school"], "since": v["since"]})  # fmt: skip
        return self.done

    def _each(self, sheet: str) -> Iterator[Row]:
        rows = self.found.rows[sheet]
        yield from progress.each(
            rows,
            _("checking and entering %(sheet)s") % {"sheet": sheet},
            self.found.size,
            self.said,
            start=self.past,
        )
        self.past += len(rows)

    def _unit(self, row: Row, key: str = "unit") -> Unit | None:
        same = self.units.get(row.values[key] or "", [])
        if len(same) != 1:
            text = (
                _("There are %(n)d units named “%(name)s” here.")
                if same
                else _(
                    "There is no unit “%(name)s” here. Add it on the sheet 单位, or correct the name."
                )
            )
            self.found.wrong(row.cell(key), text % {"name": row.values[key], "n": len(same)})
            return None
        return same[0]

    def _units(self) -> None:
        new = known = 0
        for row in self._each("单位"):
            values = _without(row.values, "parent", "name", "kind", "opened_on")
            values = {k: v for k, v in values.items() if v is not None and v != ""}
            kind, name = row.values["kind"], row.values["name"]
            if kind is None or not name:
                continue
            old = self.units.get(name, [])
            if len(old) == 1 and not self._may_change(row, old[0], kind):
                continue
            if len(old) == 1:
                Unit.objects.filter(pk=old[0].pk).update(kind=kind, **values)
                self.changed.append(old[0])
                known += 1
                continue
            parent = self._unit(row, "parent") if row.values["parent"] else self.root
            if parent is None:
                continue
            if parent.is_campus:
                self.found.wrong(row.cell("parent"), _("A school has no units below it."))
                continue
            made = units_services.create(
                parent=parent,
                kind=kind,
                name=name,
                opened_on=row.values["opened_on"] or self.today,
                **values,
            )
            self.units.setdefault(name, []).append(made)
            self.changed.append(made)
            new += 1
        self.done.new["单位"], self.done.known["单位"] = new, known

    def _may_change(self, row: Row, unit: Unit, kind: str) -> bool:
        """What a unit is decides what it owes, so only somebody above it says so; and a school stays one."""
        above = unit.path.removesuffix(f"{unit.pk}/")
        if not (
            self.by.system
            or any("org.edit" in g.permissions and above.startswith(g.path) for g in self.by.grants)
        ):
            self.found.wrong(
                row.cell("name"),
                _("What %(unit)s is can be changed only by the unit above it. Take this row out.")
                % {"unit": unit.name},
            )
            return False
        if (kind in CAMPUSES) != unit.is_campus:
            self.found.wrong(
                row.cell("kind"),
                _("%(unit)s cannot become another kind of unit. Enter a new one instead.")
                % {"unit": unit.name},
            )
            return False
        return True

    def _people(self) -> None:
        seen: dict[tuple[int, str, str], Row] = {}
        accounts: dict[str, Row] = {}
        new, old = [], []
        for row in self._each("人员"):
            unit, v = self._unit(row), row.values
            if unit is None or not v["name"]:
                continue
            key = (unit.pk, v["name"], v["number"])
            if key in seen:
                self.found.wrong(
                    row.cell("name"),
                    _(
                        "The same person stands in row %(row)d. Two people of one name are told apart by 工号."
                    )
                    % {"row": seen[key].number},
                )
                continue
            seen[key] = row
            self._check_account(row, accounts)
            person = self.people.get(key)
            if person is None:
                pinyin, initials = found_by(v["name"])
                person = Person(
                    unit=unit,
                    name=v["name"],
                    number=v["number"],
                    pinyin=pinyin,
                    initials=initials,
                    password=UNUSABLE_PASSWORD_PREFIX,
                )
                new.append(person)
            else:
                old.append(person)
            person.phone = v["phone"] or person.phone
            person.username = person.username or v["username"] or None
            self.people[key] = person
        self._check_taken(accounts)
        grants = self._roles(seen)
        if self.found.problems:
            return
        Person.objects.bulk_create(new, batch_size=1000)
        Person.objects.bulk_update(old, ["phone", "username"], batch_size=1000)
        self.done.new["人员"], self.done.known["人员"] = len(new), len(old)
        RoleGrant.objects.bulk_create(grants, batch_size=1000)
        Invitation.objects.filter(person_id__in=[r.person_id for r in grants], used_at=None).update(
            used_at=clock.now()
        )

    def _check_account(self, row: Row, accounts: dict[str, Row]) -> None:
        name = row.values["username"] = (row.values["username"] or "").lower()
        if row.values["phone"] and not is_phone(row.values["phone"]):
            self.found.wrong(row.cell("phone"), _("Telephone: please use digits, at most 20."))
        if name and not is_username(name):
            self.found.wrong(
                row.cell("username"), _("An account is 2 to 40 letters, digits or . _ @ -")
            )
        elif name and name in accounts:
            self.found.wrong(
                row.cell("username"),
                _("The same account stands in row %(row)d.") % {"row": accounts[name].number},
            )
        elif name:
            accounts[name] = row

    def _check_taken(self, accounts: Mapping[str, Row]) -> None:
        # Accounts of the whole installation, not only of what this person may see.
        with signing_in():
            taken = dict(
                Person.objects.filter(username__in=list(accounts)).values_list("username", "pk")
            )
        for name, row in accounts.items():
            if name in taken and taken[name] not in {
                p.pk for p in self.people.values() if p.username == name
            }:
                self.found.wrong(
                    row.cell("username"),
                    _("The account “%(name)s” belongs to somebody else. Choose another.")
                    % {"name": name},
                )

    def _roles(self, seen: Mapping[tuple[int, str, str], Row]) -> list[RoleGrant]:
        """The roles that the rows give anew; what cannot be given is a problem of its cell."""
        rows = []
        self.kinds = {u.pk: u.kind for same in self.units.values() for u in same}
        for key, row in seen.items():
            person = self.people[key]
            for word in re.split("[、,,;; ]+", row.values["roles"] or ""):
                role = role_named(word)
                if word and role is None:
                    self.found.wrong(
                        row.cell("roles"),
                        _("“%(text)s” is not among: %(choices)s.")
                        % {"text": word, "choices": "、".join(ROLES[r].zh for r in Role)},
                    )
                elif role and (person.pk, key[0], role.value) not in self.grants:
                    if not fits(role, self.kinds.get(key[0], "")):
                        self.found.wrong(
                            row.cell("roles"),
                            _("This role cannot be held at %(unit)s.")
                            % {"unit": row.values["unit"]},
                        )
                    if role not in self.roles or person.pk == self.by.person_id:
                        self.found.wrong(
                            row.cell("roles"),
                            _("The role %(role)s is not yours to give.") % {"role": ROLES[role].zh},
                        )
                    rows.append(
                        RoleGrant(person=person, unit_id=key[0], role=role.value, since=self.today)
                    )
        return rows

    def _rows[M: Model](
        self,
        sheet: str,
        model: type[M],
        there: dict[Any, M],
        key: Callable[[Unit, dict[str, Any]], Any],
        made: Callable[[Unit, dict[str, Any]], dict[str, Any]],
    ) -> None:
        """Add what is new and bring up to date what is there, by what tells rows of one kind apart."""
        new: list[M] = []
        known: list[M] = []
        seen: dict[Any, int] = {}
        for row in self._each(sheet):
            unit = self._unit(row)
            if unit is None or not self._resolve(row, unit):
                continue
            v = row.values
            k = key(unit, v)
            if k in seen:
                self.found.wrong(
                    row.cell("unit"), _("The same stands in row %(row)d.") % {"row": seen[k]}
                )
                continue
            seen[k] = row.number
            fields = made(unit, v)
            old = there.get(k)
            if old is None:
                there[k] = model(**fields)
                new.append(there[k])
            else:
                for name, value in fields.items():
                    if name != "since":
                        setattr(old, name, value)
                known.append(old)
        if self.found.problems:
            return
        model._default_manager.bulk_create(new, batch_size=1000)
        if known:
            names = [
                f.name
                for f in model._meta.concrete_fields
                if f.name in fields and f.name not in {"unit", "person", "since"}
            ]
            model._default_manager.bulk_update(known, names, batch_size=1000)
        self.done.new[sheet], self.done.known[sheet] = len(new), len(known)

    def _resolve(self, row: Row, unit: Unit) -> bool:
        """Put the things that a row names in place of their names; a missing one is a problem of its cell."""
        v, before = row.values, len(self.found.problems)
        if "since" in v:
            v["since"] = v["since"] or self.today
        if "number" in v:
            v["person"] = self.people.get((unit.pk, v["name"], v["number"]))
            if v["person"] is None:
                self.found.wrong(
                    row.cell("name"),
                    _("There is no “%(name)s” at %(unit)s. Add the person on the sheet 人员.")
                    % {"name": v["name"], "unit": unit.name},
                )
        for name, there in (("body", self.bodies), ("place", self.places)):
            if v.get(name):
                text = v[name]
                v[name] = there.get((unit.pk, text))
                if v[name] is None:
                    self.found.wrong(
                        row.cell(name),
                        _("There is no “%(name)s” at %(unit)s.")
                        % {"name": text, "unit": unit.name},
                    )
            elif name in v:
                v[name] = None
        if v.get("school"):
            v["school"] = self._unit(row, "school")
        elif "school" in v:
            v["school"] = None
        return len(self.found.problems) == before and all(
            v[c.key] is not None for c in forms.SHEETS[row.sheet] if c.required
        )


def _without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in values.items() if k not in names}


def _who(row: Model) -> int:
    """What tells a row apart, saved or not: a dry run with problems saves none."""
    return row.pk or -id(row)
