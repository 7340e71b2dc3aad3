"""Owns the second lock: row-level security policies and grants, written once for every table with a
unit.

A row is visible if its unit is: the policies lean on the one of `units_unit`, which reads the
viewer's scopes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import migrations

from . import secret

# Who is looking, as the database believes it (`VIEWER_SQL`). Asked once for a statement and not for
# each row: hence the SELECT.
SCOPE = "(SELECT viewer_scope())"
SCOPES = f"string_to_array({SCOPE}, ',')"
IN_SCOPE = f"path ^@ ANY((SELECT {SCOPES})::text[])"
# PostgreSQL has no "any element starts with": the ancestors of a scope are those whose path begins
# one.
ABOVE_SCOPE = f"EXISTS (SELECT 1 FROM unnest({SCOPES}) s WHERE s ^@ path)"
# The scopes look their units up by an index on the path, so that somebody of one school pays for
# one school; the program itself sees everything.
MINE = (
    f"({SCOPE} = '/' OR unit_id IN (SELECT u.id FROM"
    f" unnest({SCOPES}) s(scope) JOIN units_unit u ON u.path ^@ s.scope))"
)
# For what is written: one look at the row's own unit, where the set of all visible ones would be
# made anew for each statement.
WRITTEN = (
    f"({SCOPE} = '/' OR (SELECT u.path ^@ ANY({SCOPES}) FROM units_unit u WHERE u.id = unit_id))"
)
ABOVE = "unit_id IN (SELECT id FROM units_unit)"
SOMEBODY = f"{SCOPE} <> ''"
SYSTEM = f"{SCOPE} = '/'"
SIGNING_IN = "(SELECT viewer_signin()) = 'on'"
ME = "(SELECT viewer_person())"
# Whoever may change accounts and roles, the program itself, and the moment of signing in.
MAY_EDIT = (
    f"({SYSTEM} OR {SIGNING_IN} OR"
    " 'org.edit' = ANY (string_to_array((SELECT viewer_rights()), ',')))"
)


def protect(table: str, *, read: str = MINE, write: str = "") -> migrations.RunSQL:
    """Return the migration step that puts a table under row-level security.

    Without `write`: whoever sees a row's unit may.
    """
    found, written = write or MINE, write or WRITTEN
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY seen ON {table} FOR SELECT USING ({read});
        CREATE POLICY added ON {table} FOR INSERT WITH CHECK ({written});
        CREATE POLICY changed ON {table} FOR UPDATE USING ({found}) WITH CHECK ({written});
        CREATE POLICY removed ON {table} FOR DELETE USING ({found});
        """,
        f"""
        DROP POLICY seen ON {table}; DROP POLICY added ON {table};
        DROP POLICY changed ON {table}; DROP POLICY removed ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def append_only(table: str) -> migrations.RunSQL:
    """Return the migration step after which rows of a table can only be added, by anyone."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{table} is append-only'; END $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only();
        """,
        f"DROP TRIGGER append_only ON {table}; DROP FUNCTION {table}_is_append_only();",
    )


ROLE_SQL = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anyuan_app') THEN
    CREATE ROLE anyuan_app NOLOGIN NOBYPASSRLS;
  END IF;
END $$;
DO $$ BEGIN EXECUTE format('GRANT anyuan_app TO %I', current_user); END $$;
"""
PURPOSE = "who is looking"
# A setting can be changed by any statement. It counts only with the seal that the program made for
# it and for this very connection, by a key that the application's role cannot read.
VIEWER_SQL = """
CREATE TABLE IF NOT EXISTS viewer_key (value bytea PRIMARY KEY);
CREATE OR REPLACE FUNCTION viewer_said(setting text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said bytea := convert_to(concat_ws('|', pg_backend_pid(),
        COALESCE(current_setting('anyuan.scope', true), ''),
        COALESCE(current_setting('anyuan.person', true), ''),
        COALESCE(current_setting('anyuan.signin', true), ''),
        COALESCE(current_setting('anyuan.rights', true), '')), 'UTF8');
BEGIN
    PERFORM FROM public.viewer_key k WHERE encode(sha256(k.value || sha256(k.value || said)), 'hex')
        = current_setting('anyuan.seal', true);
    RETURN CASE WHEN FOUND THEN current_setting('anyuan.' || setting, true) ELSE '' END;
END $$;
CREATE OR REPLACE FUNCTION viewer_scope() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT public.viewer_said('scope') $$;
CREATE OR REPLACE FUNCTION viewer_person() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT public.viewer_said('person') $$;
CREATE OR REPLACE FUNCTION viewer_rights() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT public.viewer_said('rights') $$;
CREATE OR REPLACE FUNCTION viewer_signin() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT public.viewer_said('signin') $$;
"""


def keep_keys(cursor: Any) -> None:
    """Let the database know by which keys the program seals who is looking; as the owner."""
    cursor.execute("DELETE FROM viewer_key")
    for key in secret.derived(PURPOSE):
        cursor.execute("INSERT INTO viewer_key VALUES (%s)", [key])


# What serves people signs in as this: a member of the role above, and nothing else.
LOGIN_SQL = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anyuan_web') THEN
    CREATE ROLE anyuan_web LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
END $$;
GRANT anyuan_app TO anyuan_web;
"""


def grants_sql(append_only: Sequence[str], changing: Mapping[str, Sequence[str]]) -> str:
    """What the application's role may; of some tables nothing is ever changed or deleted, of others
    only some columns are changed.
    """
    columns = "".join(
        f"REVOKE UPDATE ON {table} FROM anyuan_app;\n"
        f"GRANT UPDATE ({', '.join(names)}) ON {table} TO anyuan_app;\n"
        for table, names in changing.items()
    )
    return f"""
GRANT USAGE ON SCHEMA public TO anyuan_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO anyuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO anyuan_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO anyuan_app;
REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(append_only)} FROM anyuan_app;
REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM anyuan_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM anyuan_app;
REVOKE ALL ON viewer_key FROM anyuan_app;
{columns}"""


# How the database words what `MINE` was in earlier versions, and what it asked the scopes for each
# row.
_EACH = "ANY (string_to_array(current_setting('anyuan.scope'::text, true), ','::text))"
_ONCE = (
    "ANY (( SELECT string_to_array(current_setting('anyuan.scope'::text, true), ','::text) AS"
    " string_to_array)::text[])"
)
_WAS_MINE = [
    "(unit_id IN ( SELECT units_unit.id FROM units_unit WHERE ((units_unit.path)::text ^@"
    f" {asked})))"
    for asked in (_EACH, _ONCE)
]

_BELIEVED = re.compile(r"current_setting\('anyuan\.(scope|person|signin)'::text, true\)")


def renew(cursor: Any) -> None:
    """Say the policies anew that were made before `MINE` and `WRITTEN` were what they are, or that
    believe a setting without its seal.

    Harmless to repeat.
    """
    cursor.execute(
        "SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname ="
        " current_schema()"
    )
    for table, name, qual, with_check in cursor.fetchall():
        read, written = _renewed(qual, MINE), _renewed(with_check, WRITTEN)
        if read:
            cursor.execute(f"ALTER POLICY {name} ON {table} USING ({read})")
        if written:
            cursor.execute(f"ALTER POLICY {name} ON {table} WITH CHECK ({written})")


def _renewed(said: str | None, mine: str) -> str | None:
    """What a policy should say instead; None: nothing else."""
    now = " ".join((said or "").split())
    for was in _WAS_MINE:
        now = now.replace(was, mine)
    if mine not in now and now.startswith(f"((path)::text ^@ {_EACH}"):
        now = now.replace(_EACH, _ONCE)
    now = _BELIEVED.sub(r"(SELECT viewer_\1())", now)
    return now if now != " ".join((said or "").split()) else None
