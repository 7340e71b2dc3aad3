from django.db import migrations

from anyuan.kernel.rls import protect
from anyuan.org.people.services.naming import found_by


def say(apps, _schema):
    """People entered before can be found by their sound too."""
    person = apps.get_model("people", "Person")
    for row in person.objects.filter(pinyin="").iterator():
        row.pinyin, row.initials = found_by(row.name)
        row.save(update_fields=["pinyin", "initials"])


class Migration(migrations.Migration):
    dependencies = [("people", "0003_organisation"), ("units", "0004_place_security")]
    operations = [
        protect("people_post"),
        protect("people_body"),
        protect("people_membership"),
        protect("people_charge"),
        migrations.RunPython(say, migrations.RunPython.noop),
    ]
