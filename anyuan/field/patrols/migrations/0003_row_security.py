from django.db import migrations

from anyuan.kernel.rls import protect

TABLES = ("campuspicture", "route", "checkpoint", "round", "scan")


class Migration(migrations.Migration):
    dependencies = [("patrols", "0002_initial"), ("units", "0002_row_security")]
    operations = [protect(f"patrols_{name}") for name in TABLES]
