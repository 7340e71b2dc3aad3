from django.db import migrations

from anyuan.kernel.rls import ME, SIGNING_IN, SYSTEM, protect

OWN = f"user_id::text = {ME} OR {SIGNING_IN} OR {SYSTEM}"


class Migration(migrations.Migration):
    """Second factors and lists of sessions: each person's own, and nobody else's."""

    dependencies = [
        ("people", "0004_organisation_security"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]
    operations = [
        protect("mfa_authenticator", read=OWN, write=OWN),
        protect("usersessions_usersession", read=OWN, write=OWN),
    ]
