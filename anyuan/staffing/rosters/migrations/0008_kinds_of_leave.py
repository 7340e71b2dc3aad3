from django.db import migrations, models

KINDS = [
    ("errand", "公差"),
    ("training", "培训"),
    ("personal", "事假"),
    ("sick", "病假"),
    ("family", "婚育丧假"),
    ("other", "其他"),
]


class Migration(migrations.Migration):
    dependencies = [("rosters", "0007_words")]
    operations = [
        migrations.AddField(
            "leave", "kind", models.CharField(choices=KINDS, default="other", max_length=10)
        ),
        migrations.AddField("leave", "reason", models.CharField(blank=True, max_length=80)),
        migrations.RunSQL(
            "UPDATE rosters_leave SET kind = 'errand' WHERE errand; SET CONSTRAINTS ALL IMMEDIATE;",
            "UPDATE rosters_leave SET errand = (kind = 'errand');",
        ),
        migrations.RemoveField("leave", "errand"),
    ]
