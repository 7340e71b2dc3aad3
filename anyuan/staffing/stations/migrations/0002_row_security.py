from django.db import migrations

from anyuan.kernel.rls import protect

TABLES = ("station", "serving", "dutycard", "busy")


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial"), ("units", "0002_row_security")]
    operations = [protect(f"stations_{name}") for name in TABLES]
