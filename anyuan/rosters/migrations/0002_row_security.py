from django.db import migrations

from anyuan.kernel.rls import protect

TABLES = ("station", "serving", "dutycard", "busy", "roster", "shift", "leave", "request", "swap")


class Migration(migrations.Migration):
    dependencies = [("rosters", "0001_initial"), ("units", "0002_row_security")]
    operations = [protect(f"rosters_{name}") for name in TABLES]
