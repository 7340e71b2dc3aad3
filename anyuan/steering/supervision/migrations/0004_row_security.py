from django.db import migrations

from anyuan.kernel.rls import ABOVE, MINE, SCOPE, SCOPES, WRITTEN, append_only, protect

# A draw of which all visits are over may be made again by every school below the office.
OVER = f"({ABOVE} AND id IN (SELECT draw_id FROM supervision_drawpublished))"
# What a school writes into a notice: that it is signed for and answered, nothing else.
GUARD = f"""
CREATE FUNCTION supervision_notice_is_the_offices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    theirs text[] := ARRAY['state', 'served_at', 'served_to', 'answered_at', 'answered_by',
        'answer', 'checked_at', 'checked_by', 'conclusion'];
BEGIN
    IF {SCOPE} <> '/' AND NOT EXISTS (SELECT 1 FROM units_unit u
            WHERE u.id = OLD.unit_id AND u.path ^@ ANY({SCOPES})) THEN
        IF (to_jsonb(NEW) - theirs) <> (to_jsonb(OLD) - theirs)
            OR (OLD.state, NEW.state) NOT IN (('issued', 'served'), ('served', 'answered')) THEN
            RAISE EXCEPTION 'a school signs for a notice and answers it, and changes nothing else';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER of_the_office BEFORE UPDATE ON supervision_notice
    FOR EACH ROW EXECUTE FUNCTION supervision_notice_is_the_offices();
ALTER POLICY added ON supervision_notice WITH CHECK ({WRITTEN});
ALTER POLICY added ON supervision_noticeproblem WITH CHECK ({WRITTEN});
ALTER POLICY seen ON supervision_draw USING ({MINE} OR {OVER});
"""
BACK = """
DROP TRIGGER of_the_office ON supervision_notice;
DROP FUNCTION supervision_notice_is_the_offices();
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0003_mended"), ("units", "0002_row_security")]
    operations = [
        protect("supervision_drawpublished", read=f"{MINE} OR {ABOVE}"),
        append_only("supervision_drawpublished"),
        migrations.RunSQL(GUARD, BACK),
    ]
