"""A place on a route is a patrol point: a checkpoint is what signs where chains stood."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patrols", "0005_rounds_end")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("checkpoint", "patrols_checkpoint"),
                migrations.RenameModel("Checkpoint", "PatrolPoint"),
            ]
        )
    ]
