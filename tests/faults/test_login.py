"""Whoever gets a statement of their own past the program gains nothing by its login."""

from __future__ import annotations

import hypothesis
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import strategies as st

from anyuan.kernel.scoping import SYSTEM, acting, signing_in

STATEMENTS = [
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET LOCAL ROLE pg_read_all_data",
    "SET ROLE pg_write_all_data",
    "SET ROLE pg_execute_server_program",
    "ALTER ROLE anyuan_web SUPERUSER",
    "ALTER ROLE anyuan_app BYPASSRLS",
    "CREATE ROLE intruder LOGIN SUPERUSER",
    "GRANT postgres TO anyuan_web",
    "GRANT pg_read_server_files TO anyuan_web",
    "ALTER SYSTEM SET log_statement = 'all'",
    "ALTER DATABASE anyuan OWNER TO anyuan_web",
    "ALTER TABLE evidence_fact DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE evidence_fact DISABLE TRIGGER ALL",
    "ALTER TABLE rosters_shift DISABLE TRIGGER proof_update",
    "ALTER TABLE people_person OWNER TO anyuan_web",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', true)",
    "DROP TRIGGER append_only ON evidence_fact",
    "DROP POLICY seen ON people_person",
    "ALTER POLICY seen ON people_person USING (true)",
    "DROP TABLE evidence_fact",
    "TRUNCATE evidence_fact",
    "TRUNCATE proof_link",
    "UPDATE evidence_fact SET quantity = 9",
    "DELETE FROM evidence_fact",
    "UPDATE proof_link SET digest = ''",
    "DELETE FROM proof_link",
    "UPDATE audit_event SET subject = ''",
    "DELETE FROM audit_event",
    "DELETE FROM django_migrations",
    "SELECT * FROM viewer_key",
    "INSERT INTO viewer_key VALUES ('mine')",
    "CREATE OR REPLACE FUNCTION viewer_scope() RETURNS text LANGUAGE sql AS $$ SELECT '/' $$",
    "UPDATE people_rolegrant SET role = 'district_leader'",
    "UPDATE people_rolegrant SET person_id = 1",
    "UPDATE people_password SET person_id = 1",
    "UPDATE evidence_key SET made_at = now()",
    "UPDATE evidence_chain SET unit_id = 1",
    "UPDATE evidence_checkpoint SET signature = ''",
    "CREATE TABLE mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION file_fdw",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION proof_touch()",
    "COPY (SELECT 1) TO '/tmp/out'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY audit_event FROM '/etc/passwd'",
    "COPY audit_event FROM PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "UPDATE pg_proc SET proname = 'x'",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_physical_replication_slot('x')",
    "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO anyuan_web",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_login_gains_nothing(db, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_login_is_a_member_of_the_applications_role_alone(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_user, current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " rolreplication FROM pg_roles WHERE rolname = session_user"
        )
        assert cursor.fetchone() == ("anyuan_web", "anyuan_app", *[False] * 5)
        cursor.execute(
            "SELECT array_agg(r.rolname) FROM pg_auth_members m JOIN pg_roles r ON r.oid ="
            " m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = session_user"
        )
        assert cursor.fetchone() == (["anyuan_app"],)
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner IN ('anyuan_web', 'anyuan_app')"
        )
        assert cursor.fetchone() == (0,)


def test_row_security_switched_off_shows_nothing(campus):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off")
        cursor.execute("SELECT count(*) FROM people_person")


# Functions that run as the owner of the tables: one forgets audit events after their years, one
# says who is looking where that was sealed.
AS_OWNER = ["audit_forget", "viewer_said"]


def _seen(cursor, table="people_person"):
    cursor.execute(f"SELECT count(*) FROM {table}")
    return cursor.fetchone()[0]


def _settings(cursor):
    cursor.execute(
        "SELECT current_setting('anyuan.scope', true), current_setting('anyuan.person', true),"
        " current_setting('anyuan.signin', true), current_setting('anyuan.rights', true),"
        " current_setting('anyuan.seal', true)"
    )
    return cursor.fetchone()


def _say(cursor, *values):
    cursor.execute(
        "SELECT set_config('anyuan.scope', %s, true), set_config('anyuan.person', %s, true),"
        " set_config('anyuan.signin', %s, true), set_config('anyuan.rights', %s, true),"
        " set_config('anyuan.seal', %s, true)",
        values,
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [("scope", "/"), ("scope", ""), ("person", "1"), ("signin", "on"), ("rights", "org.edit")],
)
def test_a_setting_made_by_hand_opens_nothing_and_closes_all(campus, setting, value):
    with acting(campus.viewer("王门卫")), connection.cursor() as cursor:
        before = _seen(cursor)
        assert 0 < before < len(campus.people)
        cursor.execute(f"SELECT set_config('anyuan.{setting}', %s, true)", [value])
        assert _seen(cursor) == 0
        assert [_seen(cursor, t) for t in ("people_password", "django_session")] == [0, 0]


def test_what_was_set_by_hand_is_not_sealed_by_the_program_later(campus):
    with acting(campus.viewer("王门卫")), connection.cursor() as cursor:
        _say(cursor, "/", "", "off", "", "")
        with signing_in():
            assert _settings(cursor)[:3] == ("", "", "on")
        assert _seen(cursor) == 0
        with acting(campus.viewer("陈主任")):
            assert _seen(cursor) > 0
        assert _settings(cursor)[0] == "/" and _seen(cursor) == 0


def test_a_seal_of_one_connection_is_worth_nothing_in_another(campus):
    with acting(SYSTEM), connection.cursor() as cursor:
        assert _seen(cursor) == len(campus.people)
        said = _settings(cursor)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            _say(cursor, *said)
            cursor.execute("SELECT viewer_scope(), viewer_person(), viewer_signin()")
            assert cursor.fetchone() == ("", "", "")
            cursor.execute("ROLLBACK")
    finally:
        other.close()


WORDS = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=70)


@hypothesis.settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(st.tuples(WORDS | st.just("/"), WORDS, WORDS | st.just("on"), WORDS, WORDS))
def test_no_settings_by_hand_show_a_row(campus, said):
    with acting(campus.viewer("何局长")), connection.cursor() as cursor:
        _say(cursor, *said)
        guarded = ("people_person", "units_unit", "people_password", "django_session")
        assert [_seen(cursor, table) for table in guarded] == [0, 0, 0, 0]


def test_passwords_and_sessions_are_there_in_the_moment_of_signing_in_alone(campus):
    campus.client("李老师").get("/")
    guarded = ("people_password", "django_session")
    with connection.cursor() as cursor:
        with acting(SYSTEM):
            assert [_seen(cursor, table) for table in guarded] == [0, 0]
            cursor.execute("UPDATE people_password SET encoded = 'x'")
            assert cursor.rowcount == 0
        with signing_in():
            assert _seen(cursor, "people_password") == len(campus.people)
            assert _seen(cursor, "django_session") == 1


def test_what_runs_as_the_owner_is_known_by_name_and_tells_nothing(campus):
    with acting(campus.viewer("王门卫")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE"
            " prosecdef AND has_function_privilege(p.oid, 'EXECUTE') AND nspname NOT IN"
            " ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        assert [name for (name,) in cursor.fetchall()] == AS_OWNER
        cursor.execute("SELECT viewer_said('scope'), viewer_said('person')")
        assert cursor.fetchone() == (campus.units["实验小学"].path, str(campus.people["王门卫"].pk))


@hypothesis.settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(WORDS)
def test_no_other_setting_is_told_by_it(campus, setting):
    with acting(SYSTEM), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("SELECT viewer_said(%s)", [setting])
                assert cursor.fetchone()[0] in {None, "", "/", "off"}
        except DatabaseError:
            pass  # there is no such setting
