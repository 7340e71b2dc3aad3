from django.db import migrations

from anyuan.kernel.rls import SOMEBODY, SYSTEM, protect


class Migration(migrations.Migration):
    dependencies = [("assessment", "0001_initial"), ("plans", "0002_row_security")]
    operations = [
        protect("assessment_cell"),
        protect("assessment_window", read=SOMEBODY, write=SYSTEM),
    ]
