"""Takes the sheet of people: accounts and roles too, for whoever may give them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from anyuan.kernel import clock
from anyuan.org.people.models import Invitation, Person, RoleGrant
from anyuan.org.people.rules import ROLES, Role, fits, role_named
from anyuan.org.people.services import authority
from anyuan.org.people.services.naming import found_by
from anyuan.org.units.models import Unit

from ..forms.reading import Row
from .lookups import Lookups

PARTED = r"[、,，;；|｜+\s]+"  # between the roles of one cell


class PeopleSheet(Lookups):
    """The people of a workbook, new and known, with their roles."""

    def _people(self) -> None:
        seen: dict[tuple[int, str, str], Row] = {}
        accounts: dict[str, Row] = {}
        new, old = [], []
        before = {p.pk: _account_of(p) for p in self.people.values()}
        many = Counter((r.values["unit"], r.values["name"]) for r in self.found.rows["人员"])
        for row in self._each("人员"):
            unit, v = self._unit(row), row.values
            if unit is None or not v["name"]:
                continue
            if many[v["unit"], v["name"]] == 1:
                self._number_later(unit, v["name"], v["number"])
            key = (unit.pk, v["name"], v["number"])
            if self._stands_twice(row, seen.get(key)):
                continue
            seen[key] = row
            self._check_account(row, accounts)
            person = self.people.get(key)
            if person is None:
                person = _new_person(unit, v["name"], v["number"])
                new.append(person)
            else:
                old.append(person)
            person.phone = v["phone"] or person.phone
            person.username = person.username or v["username"] or None
            self.people[key] = person
        self._check_taken(accounts)
        grants = self._roles(seen)
        self._check_over(seen, [p for p in old if before[p.pk] != _account_of(p)], grants)
        if not self.found.problems:
            self._keep(new, old, grants)

    def _keep(
        self, new: Sequence[Person], old: Sequence[Person], grants: Sequence[RoleGrant]
    ) -> None:
        Person.objects.bulk_create(new, batch_size=1000)
        Person.objects.bulk_update(old, ["phone", "username", "number"], batch_size=1000)
        self.done.new["人员"], self.done.known["人员"] = len(new), len(old)
        RoleGrant.objects.bulk_create(grants, batch_size=1000)
        Invitation.objects.filter(person_id__in=[r.person_id for r in grants], used_at=None).update(
            used_at=clock.now()
        )

    def _stands_twice(self, row: Row, earlier: Row | None) -> bool:
        if earlier is not None:
            self.found.wrong(
                row.cell("name"),
                _(
                    "The same person stands in row %(row)d. Two people of one name are told"
                    " apart by 工号."
                )
                % {"row": earlier.number},
            )
        return earlier is not None

    def _check_over(
        self,
        seen: Mapping[tuple[int, str, str], Row],
        changed: Sequence[Person],
        grants: Sequence[RoleGrant],
    ) -> None:
        """Nobody changes the account of somebody above or beside them, nor gives them a role."""
        moment = clock.now()
        above = authority.not_under(self.by, changed, moment)
        given = [g.person for g in grants]
        above |= authority.not_under(self.by, given, moment, beside=True)
        for key, row in seen.items():
            if self.people[key].pk in above:
                self.found.wrong(
                    row.cell("name"),
                    _("%(name)s holds a role that is not yours to change. Leave the row as it is.")
                    % {"name": self.people[key].name},
                )

    def _number_later(self, unit: Unit, name: str, number: str) -> None:
        """Whoever stood there without 工号, or is written without it now, is the same person where
        nobody else there has the name.
        """
        same = [k for k in self.people if k[:2] == (unit.pk, name)]
        if len(same) != 1 or same[0][2] == number or (same[0][2] and number):
            return
        person = self.people.pop(same[0])
        person.number = number or person.number
        self.people[unit.pk, name, number] = person
        self.people[unit.pk, name, person.number] = person

    def _roles(self, seen: Mapping[tuple[int, str, str], Row]) -> list[RoleGrant]:
        """The roles that the rows give anew; what cannot be given is a problem of its cell."""
        rows = []
        self.kinds = {u.pk: u.kind for same in self.units.values() for u in same}
        for key, row in seen.items():
            person = self.people[key]
            for word in re.split(PARTED, row.values["roles"] or ""):
                role = role_named(word)
                if word and role is None:
                    self.found.wrong(
                        row.cell("roles"),
                        _("“%(text)s” is not among: %(choices)s.")
                        % {
                            "text": word,
                            "choices": "、".join(ROLES[r].zh for r in Role),
                        },
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


def _new_person(unit: Unit, name: str, number: str) -> Person:
    pinyin, initials = found_by(name)
    return Person(unit=unit, name=name, number=number, pinyin=pinyin, initials=initials)


def _account_of(person: Person) -> tuple[object, ...]:
    """What of a person an account rests on."""
    return person.phone, person.username or None, person.number
