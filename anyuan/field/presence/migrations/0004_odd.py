from django.db import migrations


class Migration(migrations.Migration):
    """What did not fit when somebody signed in is on their shift too."""

    # After it the column has another name.
    run_before = [("rosters", "0006_names")]
    dependencies = [("presence", "0003_row_security"), ("rosters", "0005_odd")]
    operations = [
        migrations.RunSQL(
            "UPDATE rosters_shift s SET odd = p.doubts FROM presence_presence p"
            " WHERE p.shift_id = s.id AND p.doubts <> '[]'::jsonb",
            migrations.RunSQL.noop,
        )
    ]
