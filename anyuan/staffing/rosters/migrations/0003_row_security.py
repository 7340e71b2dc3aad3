from django.db import migrations

from anyuan.kernel.rls import protect

TABLES = ("roster", "shift", "leave", "request", "swap")


class Migration(migrations.Migration):
    dependencies = [("rosters", "0002_initial"), ("units", "0002_row_security")]
    operations = [protect(f"rosters_{name}") for name in TABLES]
