"""What a run over a workbook knows, and what it may change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from anyuan.kernel import progress
from anyuan.kernel.scoping import Viewer, signing_in
from anyuan.org.people.forms import is_phone, is_username
from anyuan.org.people.models import Body, Charge, Membership, Person, Post, RoleGrant
from anyuan.org.people.rules import Role
from anyuan.org.units import queries as units_queries
from anyuan.org.units.models import CAMPUSES, INSPECTED, Place, Unit

from ..forms.reading import Organisation, Row


@dataclass
class Imported:
    """How many rows of each sheet were new and how many brought an old row up to date."""

    new: dict[str, int]
    known: dict[str, int]


class Lookups:
    """What is there, in memory, so that rows are looked up without asking."""

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
                    "There is no unit “%(name)s” here. Add it on the sheet 单位, or correct the"
                    " name."
                )
            )
            self.found.wrong(row.cell(key), text % {"name": row.values[key], "n": len(same)})
            return None
        return same[0]

    def _may_change(self, row: Row, unit: Unit, kind: str) -> bool:
        """What a unit is decides what it owes, so only somebody above it says so; and a school
        stays one.
        """
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
        if (kind in CAMPUSES, kind in INSPECTED) != (unit.is_campus, unit.is_inspected):
            self.found.wrong(
                row.cell("kind"),
                _("%(unit)s cannot become another kind of unit. Enter a new one instead.")
                % {"unit": unit.name},
            )
            return False
        return True

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
