from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("evidence", "0003_keys"), ("units", "0002_row_security")]
    operations = [protect("evidence_key")]
