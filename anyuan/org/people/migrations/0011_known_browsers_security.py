from django.db import migrations

from anyuan.kernel.rls import ME, MINE, SIGNING_IN, WRITTEN, protect

OWN = f"person_id::text = {ME} OR {SIGNING_IN}"


class Migration(migrations.Migration):
    """Who is known where: one's own, and the office's that may act over somebody."""

    dependencies = [("people", "0010_known_browsers")]
    operations = [
        protect("people_device", read=f"{MINE} OR {OWN}", write=f"{WRITTEN} OR {OWN}"),
        protect("people_devicecode", read=f"{MINE} OR {OWN}", write=f"{WRITTEN} OR {OWN}"),
    ]
