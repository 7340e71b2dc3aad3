from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("hazards", "0005_public")]
    operations = [protect("hazards_reportcode"), protect("hazards_hazardreceipt")]
