"""The function that works as the owner looks for tables of its own only, whatever a session has."""

from django.db import migrations

PATH = "ALTER FUNCTION audit_forget() SET search_path = pg_catalog, public, pg_temp"
BACK = "ALTER FUNCTION audit_forget() SET search_path = public"


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_forget_after_years")]
    operations = [migrations.RunSQL(PATH, BACK)]
