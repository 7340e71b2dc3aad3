from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("units", "0003_organisation")]
    operations = [protect("units_place")]
