from django.db import migrations


class Migration(migrations.Migration):
    """Counted weeks are of measured duties alone; they are counted anew by themselves."""

    dependencies = [("assessment", "0007_declared_never")]
    operations = [
        migrations.RunSQL("DELETE FROM assessment_week", migrations.RunSQL.noop),
    ]
