"""Owns the second lock: row-level security policies and grants, written once for every table with a unit.

A row is visible if its unit is: the policies lean on the one of `units_unit`, which reads the viewer's scopes.
"""

from __future__ import annotations

from django.db import migrations

SCOPES = "string_to_array(current_setting('anyuan.scope', true), ',')"
# Asked once for a statement and not for each unit: hence the SELECT.
IN_SCOPE = f"path ^@ ANY((SELECT {SCOPES})::text[])"
# PostgreSQL has no "any element starts with": the ancestors of a scope are those whose path begins one.
ABOVE_SCOPE = f"EXISTS (SELECT 1 FROM unnest({SCOPES}) s WHERE s ^@ path)"
MINE = f"unit_id IN (SELECT id FROM units_unit WHERE {IN_SCOPE})"
# For what is written: one look at the row's own unit, where the set of all visible ones would be made anew for each statement.
WRITTEN = "(COALESCE(current_setting('anyuan.scope', true), '') = '/' OR (SELECT u.path ^@ ANY(string_to_array(current_setting('anyuan.scope', true), ',')) FROM units_unit u WHERE u.id = unit_id))"
ABOVE = "unit_id IN (SELECT id FROM units_unit)"
SOMEBODY = "COALESCE(current_setting('anyuan.scope', true), '') <> ''"
SYSTEM = "current_setting('anyuan.scope', true) = '/'"
SIGNING_IN = "current_setting('anyuan.signin', true) = 'on'"
ME = "current_setting('anyuan.person', true)"


def protect(table: str, *, read: str = MINE, write: str = MINE) -> migrations.RunSQL:
    """Return the migration step that puts a table under row-level security."""
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY seen ON {table} FOR SELECT USING ({read});
        CREATE POLICY added ON {table} FOR INSERT WITH CHECK ({write});
        CREATE POLICY changed ON {table} FOR UPDATE USING ({write}) WITH CHECK ({write});
        CREATE POLICY removed ON {table} FOR DELETE USING ({write});
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
# Policies made before `WRITTEN` and the one SELECT were thought of are said anew: those that say just `MINE` of what is written, and all that ask the
# scopes for each unit. Harmless to repeat.
POLICIES_SQL = f"""
DO $$ DECLARE p record; BEGIN
  FOR p IN SELECT tablename, policyname FROM pg_policies WHERE policyname IN ('added', 'changed')
      AND with_check LIKE '(unit\\_id IN ( SELECT units\\_unit.id%' AND with_check NOT LIKE '% OR %' LOOP
    EXECUTE format('ALTER POLICY %I ON %I WITH CHECK (%s)', p.policyname, p.tablename, $w${WRITTEN}$w$);
  END LOOP;
  FOR p IN SELECT tablename, policyname, cmd, replace(qual, $o$ANY (string_to_array(current_setting('anyuan.scope'::text, true), ','::text))$o$, $n$ANY ((SELECT string_to_array(current_setting('anyuan.scope'::text, true), ','::text))::text[])$n$) AS better
      FROM pg_policies WHERE qual LIKE $l$%ANY (string_to_array(current_setting('anyuan.scope'::text, true), ','::text))%$l$ LOOP
    EXECUTE format('ALTER POLICY %I ON %I USING (%s)', p.policyname, p.tablename, p.better);
  END LOOP;
END $$;
"""
GRANTS_SQL = """
GRANT USAGE ON SCHEMA public TO anyuan_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO anyuan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO anyuan_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO anyuan_app;
REVOKE UPDATE, DELETE, TRUNCATE ON evidence_fact, evidence_attachment, evidence_checkpoint, audit_event FROM anyuan_app;
REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM anyuan_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM anyuan_app;
"""
