from django.db import migrations

from anyuan.kernel.rls import ABOVE, ABOVE_SCOPE, IN_SCOPE, SIGNING_IN, protect


class Migration(migrations.Migration):
    dependencies = [("units", "0001_initial")]
    operations = [
        protect("units_unit", read=f"{IN_SCOPE} OR {ABOVE_SCOPE} OR {SIGNING_IN}", write=IN_SCOPE),
        protect("units_term", read=ABOVE),
        protect("units_calendarexception", read=ABOVE),
    ]
