from django.db import migrations

from anyuan.kernel.rls import ME, MINE, protect


class Migration(migrations.Migration):
    """A PIN's hash is read by nobody but its own person and the program itself."""

    dependencies = [("tablets", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        protect("tablets_tablet"),
        protect(
            "tablets_pin",
            read=f"{MINE} OR person_id::text = {ME}",
            write=f"person_id::text = {ME} OR {MINE}",
        ),
    ]
