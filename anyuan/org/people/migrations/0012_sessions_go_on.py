"""Sessions name the place of the code that signed them in; it moved, and nobody signs in again for
that.
"""

from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations

BEFORE, NOW = "anyuan.config.sign_in.SignIn", "anyuan.org.accounts.sign_in.SignIn"


def go_on(apps, _editor):
    sessions = apps.get_model("sessions", "Session").objects
    coder = SessionStore()
    for row in sessions.order_by("pk").iterator():
        data = coder.decode(row.session_data)
        if data.get("_auth_user_backend") == BEFORE:
            sessions.filter(pk=row.pk).update(
                session_data=coder.encode({**data, "_auth_user_backend": NOW})
            )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0011_known_browsers_security"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunPython(go_on, migrations.RunPython.noop)]
