from django.db import migrations
from pypinyin import lazy_pinyin

from anyuan.kernel.rls import protect


def say(apps, _schema):
    """People entered before can be found by their sound too."""
    person = apps.get_model("people", "Person")
    for row in person.objects.filter(pinyin="").iterator():
        syllables = lazy_pinyin(row.name)
        row.pinyin, row.initials = "".join(syllables)[:160].lower(), "".join(s[0] for s in syllables)[:40].lower()
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
