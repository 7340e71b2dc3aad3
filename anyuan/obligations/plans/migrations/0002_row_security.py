from django.db import migrations

from anyuan.kernel.rls import ABOVE, MINE, protect

OF_A_PLAN = "plan_id IN (SELECT id FROM plans_plan)"


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial"), ("units", "0002_row_security")]
    operations = [
        # A unit sees its own plans, and those above it once they are adopted.
        protect("plans_plan", read=f"{MINE} OR (status <> 'draft' AND {ABOVE})"),
        protect("plans_phase", read=OF_A_PLAN),
        protect("plans_obligation", read=OF_A_PLAN),
        protect("plans_binding"),
    ]
