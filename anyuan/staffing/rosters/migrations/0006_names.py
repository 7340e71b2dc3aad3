"""`holds` is `in_force`, `odd` is `doubts`, a request is a stand-in request. Constraints and
indexes follow their columns in the database by themselves.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields.ranges import BigIntegerRangeField, DateTimeRangeField
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

PERSON = Func(
    F("person_id"),
    F("person_id"),
    Value("[]"),
    function="int8range",
    output_field=BigIntegerRangeField(),
)
TIME = Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField())


class Migration(migrations.Migration):
    dependencies = [("rosters", "0005_odd")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("shift", "nobody_in_two_places"),
                migrations.RemoveIndex("shift", "rosters_shift_in_force"),
            ]
        ),
        migrations.RenameField("shift", "holds", "in_force"),
        migrations.RenameField("shift", "odd", "doubts"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    "shift",
                    ExclusionConstraint(
                        name="nobody_in_two_places",
                        expressions=[(PERSON, "&&"), (TIME, "&&")],
                        condition=Q(in_force=True, person__isnull=False),
                    ),
                ),
                migrations.AddIndex(
                    "shift",
                    models.Index(
                        fields=["starts_at"],
                        condition=Q(in_force=True),
                        name="rosters_shift_in_force",
                    ),
                ),
                migrations.AlterModelTable("request", "rosters_request"),
                migrations.RenameModel("Request", "StandInRequest"),
            ]
        ),
    ]
