import django.db.models.deletion
from django.db import migrations, models

from anyuan.kernel.rls import SYSTEM, protect


class Migration(migrations.Migration):
    dependencies = [("evidence", "0006_honest")]
    operations = [
        migrations.CreateModel(
            name="Deposit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=200)),
                ("tried_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=200)),
                (
                    "checkpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deposit",
                        to="evidence.checkpoint",
                    ),
                ),
            ],
        ),
        protect("evidence_deposit", read=SYSTEM, write=SYSTEM),
    ]
