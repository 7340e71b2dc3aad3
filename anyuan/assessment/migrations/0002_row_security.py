from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("assessment", "0001_initial"), ("plans", "0002_row_security")]
    operations = [protect("assessment_cell")]
