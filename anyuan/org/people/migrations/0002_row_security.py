from django.db import migrations

from anyuan.kernel.rls import ME, MINE, SIGNING_IN, protect


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        # Signing in writes `last_login` and a renewed password hash.
        protect(
            "people_person",
            read=f"{MINE} OR id::text = {ME} OR {SIGNING_IN}",
            write=f"{MINE} OR {SIGNING_IN}",
        ),
        protect("people_rolegrant", read=f"{MINE} OR person_id::text = {ME} OR {SIGNING_IN}"),
    ]
