from django.db import migrations

from anyuan.kernel.rls import MINE, SCOPE, SCOPES, append_only, protect

# Whoever is above a school lists its hazards and confirms that they are fixed, never the school.
FROM_ABOVE = (
    f"({SCOPE} = '/' OR EXISTS (SELECT 1 FROM units_unit u, unnest({SCOPES}) s"
    " WHERE u.id = unit_id AND u.path ^@ s AND u.path <> s))"
)


class Migration(migrations.Migration):
    dependencies = [("hazards", "0011_beyond")]
    operations = [
        protect("hazards_listing", read=MINE, write=FROM_ABOVE),
        protect("hazards_milestone", read=MINE, write=FROM_ABOVE),
        protect("hazards_confirmation", read=MINE, write=FROM_ABOVE),
        protect("hazards_referral"),
        append_only("hazards_confirmation"),
    ]
