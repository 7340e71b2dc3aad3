from django.db import migrations

from anyuan.kernel.rls import MINE, SCOPE, SCOPES, append_only, protect

# A notice is the school's too; of a visit it sees nothing until somebody stands at the gate.
SCHOOL = MINE.replace("unit_id", "school_id")
OF_SCHOOL_WRITTEN = (
    f"({SCOPE} = '/' OR EXISTS (SELECT 1 FROM units_unit u WHERE u.id IN (unit_id, school_id)"
    f" AND u.path ^@ ANY({SCOPES})))"
)
ME = "NULLIF((SELECT viewer_person()), '')::bigint"
BEGUN = f"({SCHOOL} AND state NOT IN ('planned', 'cancelled'))"


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        protect("supervision_notice", read=f"{MINE} OR {SCHOOL}", write=OF_SCHOOL_WRITTEN),
        protect("supervision_noticeproblem", read=f"{MINE} OR {SCHOOL}", write=OF_SCHOOL_WRITTEN),
        protect("supervision_draw"),
        protect("supervision_visit", read=f"{MINE} OR {BEGUN} OR persons @> to_jsonb({ME})"),
        append_only("supervision_draw"),
        append_only("supervision_noticeproblem"),
    ]
