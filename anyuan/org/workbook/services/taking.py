"""Takes the organisation from a workbook: all of it, or with any problem nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from anyuan.kernel import progress
from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Body, Charge, Membership, Person, Post
from anyuan.org.people.rules import Role, gives
from anyuan.org.units import queries as units
from anyuan.org.units import services as units_services
from anyuan.org.units.models import Place, Unit

from ..forms import sheets
from ..forms.reading import Organisation, Row
from .lookups import Imported
from .people_sheet import PeopleSheet

LOCK = 0x696E746B  # of the database, held by whoever takes a workbook


def take_workbook(
    *,
    unit: Unit,
    found: Organisation,
    by: Viewer,
    at: datetime,
    keep: bool,
    said: progress.Said = progress.silent,
) -> Imported | None:
    """Bring the organisation of a unit up to date from a workbook: all of it, or with any problem
    nothing.

    Problems are added to `found`, cell by cell. With `keep` unset it is a dry run: everything is
    tried and undone.
    """
    by.require("org.edit", unit.path)
    held = {g.role for g in by.grants if unit.path.startswith(g.path)}
    with transaction.atomic():
        # One workbook at a time: the second of two finds what the first wrote, and brings it up to
        # date.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        intake = Intake(
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
    below = units.below(unit).filter(closed_on=None)
    audit.record(
        "organisation.exported",
        by=by,
        at=at,
        unit_id=unit.pk,
        subject=unit.name,
        units=below.count(),
        people=Person.objects.filter(unit__in=below, left_on=None).count(),
    )


class Intake(PeopleSheet):
    """One run over a workbook's rows, sheet by sheet; looks up in memory, writes in bulk."""

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
        self._rows(
            "成员",
            Membership,
            self.seats,
            lambda u, v: (_who(v["body"]), _who(v["person"])),
            lambda u, v: {
                "unit": u,
                "body": v["body"],
                "person": v["person"],
                "rank": v["rank"],
                "duty": v["duty"],
                "since": v["since"],
            },
        )
        self._rows(
            "包保",
            Charge,
            self.charges,
            lambda u, v: (u.pk, _who(v["person"]), v["area"]),
            lambda u, v: {
                "unit": u,
                "person": v["person"],
                "area": v["area"],
                "place": v["place"],
                "school": v["school"],
                "since": v["since"],
            },
        )
        return self.done

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

    def _rows[M: Model](
        self,
        sheet: str,
        model: type[M],
        there: dict[Any, M],
        key: Callable[[Unit, dict[str, Any]], Any],
        made: Callable[[Unit, dict[str, Any]], dict[str, Any]],
    ) -> None:
        """Add what is new and update what is there, by what tells rows of one kind apart."""
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
        """Put the things that a row names in place of their names; a missing one is a problem of
        its cell.
        """
        v, before = row.values, len(self.found.problems)
        if "since" in v:
            v["since"] = v["since"] or self.today
        if "number" in v:
            v["person"] = self.people.get((unit.pk, v["name"], v["number"]))
            if v["person"] is None:
                self.found.wrong(
                    row.cell("name"),
                    _("There is no “%(name)s” at %(unit)s. Add the person on the sheet 人员.")
                    % {
                        "name": v["name"],
                        "unit": unit.name,
                    },
                )
        for name, there in (("body", self.bodies), ("place", self.places)):
            if v.get(name):
                text = v[name]
                v[name] = there.get((unit.pk, text))
                if v[name] is None:
                    self.found.wrong(
                        row.cell(name),
                        _("There is no “%(name)s” at %(unit)s.")
                        % {
                            "name": text,
                            "unit": unit.name,
                        },
                    )
            elif name in v:
                v[name] = None
        if v.get("school"):
            v["school"] = self._unit(row, "school")
        elif "school" in v:
            v["school"] = None
        return len(self.found.problems) == before and all(
            v[c.key] is not None for c in sheets.SHEETS[row.sheet] if c.required
        )


def _without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in values.items() if k not in names}


def _who(row: Model) -> int:
    """What tells a row apart, saved or not: a dry run with problems saves none."""
    return row.pk or -id(row)
