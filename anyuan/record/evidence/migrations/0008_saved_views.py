import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from anyuan.kernel.rls import ME, protect

OWN = f"person_id::text = {ME}"


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0007_deposits"),
        ("people", "0013_passwords"),
        ("units", "0002_row_security"),
    ]
    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20)),
                ("query", models.CharField(blank=True, max_length=600)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="units.unit",
                    ),
                ),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.AddConstraint(
            "savedview",
            models.UniqueConstraint(fields=["person", "name"], name="one_view_of_a_name"),
        ),
        protect("evidence_savedview", read=OWN, write=OWN),
    ]
