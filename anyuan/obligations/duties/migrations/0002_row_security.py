from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial"), ("units", "0002_row_security")]
    operations = [protect("duties_responsible"), protect("duties_exemption")]
