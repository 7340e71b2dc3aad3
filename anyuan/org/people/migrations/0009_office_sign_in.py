from django.db import migrations

from anyuan.kernel.rls import ME, SIGNING_IN, SYSTEM, protect

OWN = f"user_id::text = {ME} OR {SIGNING_IN} OR {SYSTEM}"


class Migration(migrations.Migration):
    """Who somebody is at their office's own sign-in: theirs alone, like second factors."""

    dependencies = [
        ("people", "0008_once"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations = [protect("socialaccount_socialaccount", read=OWN, write=OWN)]
