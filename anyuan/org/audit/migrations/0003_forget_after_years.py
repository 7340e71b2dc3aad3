"""Events of more than three years ago may be forgotten; younger ones by nobody.

Nothing of the log is changed. The trigger itself holds the bound, whoever asks.
"""

from django.db import migrations

YEARS = "interval '3 years'"

FORGET = f"""
CREATE OR REPLACE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.at < now() - {YEARS} THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'audit_event is append-only';
END $$;
CREATE FUNCTION audit_forget() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public AS $$
DECLARE forgotten bigint;
BEGIN
  DELETE FROM audit_event WHERE at < now() - {YEARS};
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;
"""
BACK = """
DROP FUNCTION audit_forget();
CREATE OR REPLACE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_row_security")]
    operations = [migrations.RunSQL(FORGET, BACK)]
