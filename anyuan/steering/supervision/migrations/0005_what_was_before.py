from django.db import migrations

# What was issued and drawn before these rules were: the day of a notice binds its hazards, a draw
# of which all visits are over is everybody's.
FILL = """
UPDATE hazards_hazard h SET demanded = n.deadline
    FROM supervision_noticeproblem p JOIN supervision_notice n ON n.id = p.notice_id
    WHERE p.hazard_id = h.id AND h.demanded IS NULL AND h.state IN ('found', 'assigned', 'fixed');
INSERT INTO supervision_drawpublished (unit_id, draw_id, at)
    SELECT d.unit_id, d.id, now() FROM supervision_draw d
    WHERE NOT EXISTS (SELECT 1 FROM supervision_visit v
            WHERE v.draw_id = d.id AND v.state IN ('planned', 'arrived'))
        AND NOT EXISTS (SELECT 1 FROM supervision_drawpublished p WHERE p.draw_id = d.id);
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0004_row_security"), ("hazards", "0014_flow")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
