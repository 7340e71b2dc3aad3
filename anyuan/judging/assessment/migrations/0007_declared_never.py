"""What never may happen counts how often a person declared that it did not; cells made before know
nothing of it.
"""

from django.db import migrations

COUNT = """
UPDATE assessment_cell c SET possible = (
    SELECT count(*) FROM evidence_fact f
    WHERE f.unit_id = c.unit_id AND f.obligation_id = c.obligation_id
      AND f.activity = 'declaration' AND f.day >= c.starts AND f.day < c.ends
      AND NOT f.withdrawn
      AND NOT EXISTS (SELECT FROM evidence_fact n WHERE n.corrects_id = f.id)
) WHERE c.measure = 'never'
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0006_weeks_security"), ("evidence", "0005_newest")]
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
