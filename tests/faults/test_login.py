"""Whoever gets a statement of their own past the program gains nothing by its login."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

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
