"""Statements put into somebody's session: tables made in it, roles and slips written past the
program. Each is tried as the login that serves people, sealed for whoever is looking.
"""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting, signing_in
from anyuan.org.people.models import Invitation, Person, RoleGrant
from anyuan.org.people.services import accounts
from anyuan.org.units.models import Unit
from conftest import NOON


@pytest.mark.parametrize(
    "path", ["", "SET LOCAL search_path = pg_temp, public", "SET search_path = pg_temp"]
)
def test_a_table_made_in_the_session_does_not_stand_before_the_programs_own(campus, path):
    with acting(campus.viewer("王门卫")), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE units_unit (id bigint, path text)")
        cursor.execute("CREATE TEMP TABLE proof_link (n bigint)")
        if path:
            cursor.execute(path)
        with acting(SYSTEM):
            assert Unit.objects.count() == len(campus.units)
            cursor.execute("SELECT 'proof_link'::regclass = 'public.proof_link'::regclass")
            assert cursor.fetchone() == (True,)


def test_what_works_as_the_owner_looks_at_its_own_tables_alone(campus):
    with acting(campus.viewer("王门卫")), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE audit_event (at timestamptz)")
        cursor.execute("INSERT INTO pg_temp.audit_event VALUES ('1999-01-01')")
        cursor.execute("SELECT audit_forget()")
        cursor.execute("SELECT count(*) FROM pg_temp.audit_event")
        assert cursor.fetchone() == (1,)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, array_to_string(proconfig, ';') FROM pg_proc WHERE prosecdef AND"
            " pronamespace = 'public'::regnamespace"
        )
        for name, said in cursor.fetchall():
            assert said and said.endswith("pg_temp"), name


def refused(cursor, statement, *values):
    """Whether the database refuses a statement, or finds nothing that it could change."""
    try:
        with transaction.atomic():
            cursor.execute(statement, values)
    except DatabaseError:
        return True
    return cursor.rowcount == 0


@pytest.mark.parametrize("name", ["王门卫", "李老师"])
def test_nobody_without_the_right_writes_what_rights_rest_on(campus, name):
    leader = campus.people["赵校长"]
    viewer = campus.viewer(name)
    me, school = campus.people[name].pk, campus.units["实验小学"].pk
    with acting(viewer), connection.cursor() as cursor:
        if viewer.may("org.edit"):
            pytest.fail("somebody with the right: choose another")
        assert refused(
            cursor,
            "INSERT INTO people_rolegrant (person_id, role, unit_id, since)"
            " VALUES (%s, 'principal', %s, '2026-01-01')",
            me,
            school,
        )
        assert refused(cursor, "UPDATE people_rolegrant SET role = 'principal'")
        assert refused(cursor, "DELETE FROM people_rolegrant")
        assert refused(
            cursor, "UPDATE people_person SET username = 'mine' WHERE id = %s", leader.pk
        )
        assert refused(
            cursor,
            "INSERT INTO people_invitation (unit_id, person_id, digest, made_by_id, made_at,"
            " expires_at, ends_factor) VALUES (%s, %s, 'x', %s, now(), now(), true)",
            school,
            leader.pk,
            me,
        )
        assert refused(
            cursor,
            "INSERT INTO proof_link (n, table_name, row_id, digest, made_at, otherwise, mark)"
            " VALUES (10^9, 'a', '1', '', now(), '', 'x')",
        )


def test_a_slips_code_opens_nobody_elses_account(campus):
    zhao = campus.people["赵校长"]
    with acting(campus.viewer("陈主任")):
        code = accounts.invite(
            person=campus.people["王门卫"],
            username="wang",
            ends_factor=False,
            by=campus.viewer("陈主任"),
            at=NOON,
        )
    with acting(SYSTEM):
        mine = Invitation.objects.get(person=campus.people["王门卫"], used_at=None)
        mine.pk, mine.person, mine.ends_factor = None, zhao, True
        mine.save()
        username = Person.objects.get(pk=zhao.pk).username
    with signing_in(), pytest.raises(Refused):
        accounts.welcome(
            username=username, code=code, password="another-2026-word", mark="", at=NOON
        )
    with acting(SYSTEM):
        assert RoleGrant.objects.filter(person=zhao).exists()
