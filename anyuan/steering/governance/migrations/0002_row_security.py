from django.db import migrations

from anyuan.kernel.rls import protect

TABLES = (
    "meeting",
    "agendaitem",
    "attendance",
    "decision",
    "rule",
    "ruleversion",
    "ruleread",
    "letter",
)


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial"), ("units", "0002_row_security")]
    operations = [protect(f"governance_{name}") for name in TABLES]
