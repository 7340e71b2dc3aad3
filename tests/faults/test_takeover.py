"""Everybody tries every act over everybody's account: from below, from the side, from elsewhere."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.people.models import Invitation, Person
from anyuan.org.people.queries import viewer as viewer_of
from anyuan.org.people.services import accounts, leaving, persons, roles
from anyuan.org.units import services as units
from conftest import NOON, filled

TODAY = date(2026, 5, 20)
SCHOOL = {"王门卫", "李老师", "陈主任"}
# Who may act over whom; everything else is refused.
OVER = {
    "陈主任": {"王门卫", "李老师"},
    "赵校长": SCHOOL,
    "周干事": SCHOOL,
    "林科长": SCHOOL | {"赵校长", "外人", "孙民警", "周干事"},
    "何局长": SCHOOL | {"赵校长", "外人", "孙民警", "周干事", "林科长", "局科员"},
    "刘局长": SCHOOL | {"赵校长", "外人", "孙民警", "周干事", "林科长", "局科员"},
    "冯书记": SCHOOL | {"赵校长", "外人", "孙民警", "周干事", "林科长", "局科员"},
}


@pytest.fixture
def everybody(campus):
    """The cast, a second leader beside the first, and a bureau: its officer, and the leader who
    belongs to it but holds his role at the district, where the officer sees nothing.
    """
    with acting(SYSTEM):
        district = campus.units["青禾区"]
        bureau = units.create(
            parent=district, kind="education_bureau", name="教育局", opened_on=TODAY
        )
        for name, unit, role, at in (
            ("刘局长", district, "district_leader", district),
            ("局科员", bureau, "district_officer", bureau),
            ("冯书记", bureau, "district_leader", district),
        ):
            person = accounts.create(username=name, name=name, unit=unit, password="x" * 20)
            accounts.grant(person=person, role=role, unit=at, since=date(2026, 1, 1))
            campus.people[name] = person
    return campus


def acts(campus, person):
    """Every act over an account, each as something to call."""
    heirs = {b.key: None for b in leaving.belongings(person)}
    elsewhere = campus.units["柳湾中学"]
    to = elsewhere if person.unit_id != elsewhere.pk else campus.units["实验小学"]
    grant = person.grants.order_by("pk").first()
    return {
        "slip": (accounts.invite, {"person": person, "username": "taken"}),
        "slip without factor": (
            accounts.invite,
            {"person": person, "username": "taken", "ends_factor": True},
        ),
        "code for a browser": (accounts.device_code, {"person": person}),
        "sign out": (accounts.end_sessions, {"person": person}),
        "rename": (
            persons.change,
            {"person": person, "name": "改名", "number": "", "phone": ""},
        ),
        "end": (leaving.leave, {"person": person, "heirs": heirs}),
        "move": (leaving.move, {"person": person, "to": to, "title": "", "heirs": heirs}),
        "end a role": (roles.end_role, {"grant_id": grant.pk if grant else 0}),
    }


def succeeds(actor, function, values):
    """Whether an act succeeds; whatever it did is undone."""
    with transaction.atomic():
        try:
            with acting(viewer_of(actor, TODAY)):
                function(by=viewer_of(actor, TODAY), at=NOON, **filled(function, values))
        except (Denied, Invisible):
            return False
        finally:
            transaction.set_rollback(True)
    return True


def test_nobody_acts_over_whom_they_are_not_above(everybody, figures):
    tried, wrong = 0, []
    for name, actor in everybody.people.items():
        for other, person in everybody.people.items():
            if name == other:
                continue
            with acting(SYSTEM):
                table = acts(everybody, person)
            for act, (function, values) in table.items():
                expected = other in OVER.get(name, set())
                # A town's officer moves nobody out of their town; a leader may end another's role.
                if act == "move" and expected and name in {"陈主任", "赵校长", "周干事"}:
                    expected = False
                leaders = {"何局长", "刘局长", "冯书记"}
                if act == "end a role" and {name, other} <= leaders:
                    expected = True
                tried += 1
                if succeeds(actor, function, values) is not expected:
                    wrong.append((name, other, act, "let through" if not expected else "refused"))
    let_through = sum(1 for *_who, what in wrong if what == "let through")
    figures("acts over another's account", tried, tried - let_through, let_through)
    assert tried > 1000 and not wrong, wrong


def test_a_bureaus_officer_makes_no_slip_for_the_districts_leader_by_the_page(everybody):
    leader = everybody.people["冯书记"]
    client = everybody.client("局科员")
    answer = client.post(
        f"/organisation/people/{leader.pk}/invite/", {"username": "taken", "ends_factor": "on"}
    )
    assert answer.status_code == 403
    assert not Invitation.objects.filter(person=leader).exists()
    assert Person.objects.get(pk=leader.pk).username == "冯书记"


def test_a_role_is_held_at_ones_own_unit(everybody):
    leader, school = everybody.viewer("何局长"), everybody.units["柳湾中学"]
    with acting(leader), pytest.raises(Refused):
        roles.give_role(
            person=everybody.people["李老师"], role="principal", unit=school, by=leader, at=NOON
        )


def test_nobody_below_gives_a_leaders_role_to_anybody(everybody):
    """Not to somebody else, not to oneself, at no unit."""
    leaders = {"何局长", "刘局长", "冯书记"}
    tried = 0
    for name, actor in everybody.people.items():
        if name in leaders:
            continue
        viewer = viewer_of(actor, TODAY)
        for person in everybody.people.values():
            for role in ("district_leader", "operator"):
                tried += 1
                given = {"person": person, "role": role, "unit": person.unit}
                refused = pytest.raises((Denied, Invisible, Refused))
                with refused, transaction.atomic(), acting(viewer):
                    roles.give_role(**given, by=viewer, at=NOON)
    assert tried > 200
