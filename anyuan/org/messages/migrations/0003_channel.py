"""By what a message goes is its channel. Constraints follow their column by themselves."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reach", "0002_row_security")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveConstraint("message", "said_once_to_a_person")]
        ),
        migrations.RenameField("message", "way", "channel"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    "message",
                    models.UniqueConstraint(
                        fields=["key", "channel", "person"],
                        condition=Q(robot=None),
                        name="said_once_to_a_person",
                    ),
                )
            ]
        ),
    ]
