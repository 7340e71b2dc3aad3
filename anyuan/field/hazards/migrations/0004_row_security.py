from django.db import migrations

from anyuan.kernel.rls import ABOVE, MINE, append_only, protect

OF_THOSE_ABOVE_TOO = f"{MINE} OR {ABOVE}"


class Migration(migrations.Migration):
    dependencies = [("hazards", "0003_inspections")]
    operations = [
        protect("hazards_checklist", read=OF_THOSE_ABOVE_TOO),
        protect("hazards_checklistversion", read=OF_THOSE_ABOVE_TOO),
        protect("hazards_inspection"),
        append_only("hazards_checklistversion"),
        append_only("hazards_inspection"),
    ]
