from django.db import migrations

from anyuan.kernel.rls import protect

TABLES = ("presence", "placecode")


class Migration(migrations.Migration):
    dependencies = [("presence", "0002_initial"), ("units", "0002_row_security")]
    operations = [protect(f"presence_{name}") for name in TABLES]
