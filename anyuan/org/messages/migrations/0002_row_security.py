from django.db import migrations

from anyuan.kernel.rls import ME, MINE, protect

OWN = f"{MINE} OR person_id::text = {ME}"


class Migration(migrations.Migration):
    dependencies = [("reach", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        protect("reach_address", read=OWN, write=OWN),
        protect("reach_robot"),
        protect("reach_message", read=OWN, write=OWN),
    ]
