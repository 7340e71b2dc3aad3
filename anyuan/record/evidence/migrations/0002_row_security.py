from django.db import migrations

from anyuan.kernel.rls import ME, SYSTEM, append_only, protect

MY_OWN = f"person_id::text = {ME} OR {SYSTEM}"


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        protect("evidence_fact"),
        append_only("evidence_fact"),
        protect("evidence_attachment"),
        append_only("evidence_attachment"),
        protect("evidence_chain"),
        protect("evidence_change"),
        protect("evidence_command", read=MY_OWN, write=MY_OWN),
        protect("evidence_checkpoint", read=SYSTEM, write=SYSTEM),
        append_only("evidence_checkpoint"),
    ]
