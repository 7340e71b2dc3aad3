"""Passwords get a table of their own, and sessions are guarded: both are there in the moment of
signing in alone.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from anyuan.kernel.rls import SIGNING_IN, protect

APART = """
INSERT INTO people_password (person_id, encoded)
    SELECT id, password FROM people_person WHERE password NOT LIKE '!%';
SET CONSTRAINTS ALL IMMEDIATE;
"""
TOGETHER = """
UPDATE people_person p SET password = w.encoded FROM people_password w WHERE w.person_id = p.id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_sessions_go_on"),
        ("sessions", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="Password",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="kept_password",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("encoded", models.CharField(max_length=128)),
            ],
        ),
        migrations.RunSQL(APART, TOGETHER),
        migrations.RemoveField("person", "password"),
        protect("people_password", read=SIGNING_IN, write=SIGNING_IN),
        protect("django_session", read=SIGNING_IN, write=SIGNING_IN),
    ]
