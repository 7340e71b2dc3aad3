from django.db import migrations

from anyuan.kernel.rls import ME, append_only, protect

MY_OWN = f"person_id::text = {ME} OR current_setting('anyuan.scope', true) = '/'"


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
        append_only("evidence_checkpoint"),
    ]
