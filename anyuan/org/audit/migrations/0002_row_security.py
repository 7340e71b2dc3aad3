from django.db import migrations

from anyuan.kernel.rls import ME, MINE, SYSTEM, append_only, protect


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        protect(
            "audit_event",
            read=f"{MINE} OR person_id::text = {ME}",
            write=f"{SYSTEM} OR person_id::text = {ME}",
        ),
        append_only("audit_event"),
    ]
