from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("stations", "0003_zones"), ("units", "0002_row_security")]
    operations = [protect("stations_waitingzone")]
