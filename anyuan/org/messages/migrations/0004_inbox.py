import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from anyuan.kernel.rls import ME, SYSTEM, WRITTEN, protect

# Nobody reads what was said to somebody else; whoever says it writes it there.
READ = f"person_id::text = {ME} OR {SYSTEM}"


class Migration(migrations.Migration):
    dependencies = [
        ("reach", "0003_channel"),
        ("units", "0005_below"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InboxEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=80)),
                ("body", models.TextField()),
                ("page", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="units.unit",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("seen_at", None)),
                        fields=["person"],
                        name="unseen_in_an_inbox",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "key"), name="once_in_an_inbox")
                ],
            },
        ),
        protect("reach_inboxentry", read=READ, write=f"{WRITTEN} OR {READ}"),
    ]
