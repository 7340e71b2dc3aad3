from django.db import migrations

from anyuan.kernel.rls import protect


class Migration(migrations.Migration):
    dependencies = [("assessment", "0005_weeks")]
    operations = [protect("assessment_week")]
