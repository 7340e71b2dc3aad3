from django.db import migrations

from anyuan.kernel.rls import append_only, protect

TABLES = ("hazard", "hazardstep", "hazardphoto")


class Migration(migrations.Migration):
    dependencies = [("hazards", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        *(protect(f"hazards_{name}") for name in TABLES),
        append_only("hazards_hazardstep"),
        append_only("hazards_hazardphoto"),
    ]
