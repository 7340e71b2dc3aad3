"""What the rights of people rest on is written by whoever may change accounts, by the program
itself, or while somebody signs in; the database asks too.
"""

from django.db import migrations

from anyuan.kernel.rls import MAY_EDIT, ME, MINE, SIGNING_IN, WRITTEN

OWN = f"person_id::text = {ME} OR {SIGNING_IN}"
# By table: who may, as the tables were protected before, and narrowed.
BEFORE = {
    "people_person": (f"{MINE} OR {SIGNING_IN}", f"{MINE} OR {SIGNING_IN}"),
    "people_rolegrant": (MINE, WRITTEN),
    "people_invitation": (f"{MINE} OR {SIGNING_IN}", f"{MINE} OR {SIGNING_IN}"),
    "people_device": (f"{WRITTEN} OR {OWN}", f"{WRITTEN} OR {OWN}"),
    "people_devicecode": (f"{WRITTEN} OR {OWN}", f"{WRITTEN} OR {OWN}"),
}
OF_ONESELF = {
    "people_person": f"id::text = {ME}",
    "people_device": OWN,
    "people_devicecode": OWN,
}


def _said(table: str, found: str, written: str) -> str:
    return (
        f"ALTER POLICY added ON {table} WITH CHECK ({written});"
        f"ALTER POLICY changed ON {table} USING ({found}) WITH CHECK ({written});"
        f"ALTER POLICY removed ON {table} USING ({found});"
    )


def _narrowed(table: str) -> migrations.RunSQL:
    found, written = BEFORE[table]
    own = f" OR {OF_ONESELF[table]}" if table in OF_ONESELF else ""
    may = f"({MAY_EDIT}{own})"
    return migrations.RunSQL(
        _said(table, f"({found}) AND {may}", f"({written}) AND {may}"),
        _said(table, found, written),
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0013_passwords")]
    operations = [_narrowed(table) for table in BEFORE]
