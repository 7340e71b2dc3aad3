from django.db import migrations

from anyuan.kernel.rls import ME, MINE, SIGNING_IN, SYSTEM, protect


class Migration(migrations.Migration):
    dependencies = [("people", "0006_accounts")]
    operations = [
        protect(
            "people_invitation", read=f"{MINE} OR {SIGNING_IN}", write=f"{MINE} OR {SIGNING_IN}"
        ),
        protect(
            "people_breakglass",
            read=f"{MINE} OR person_id::text = {ME} OR {SIGNING_IN}",
            write=SYSTEM,
        ),
    ]
