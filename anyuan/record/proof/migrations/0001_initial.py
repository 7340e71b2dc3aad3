from django.db import migrations, models

from anyuan.kernel import rls

TOUCH = """
CREATE FUNCTION proof_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    INSERT INTO proof_touched (transaction_id, table_name, row_id)
    SELECT pg_current_xact_id()::text::bigint, TG_TABLE_NAME, to_jsonb(n) ->> TG_ARGV[0]
    FROM now_there n;
  END IF;
  IF TG_OP IN ('DELETE', 'UPDATE') THEN
    INSERT INTO proof_touched (transaction_id, table_name, row_id)
    SELECT pg_current_xact_id()::text::bigint, TG_TABLE_NAME, to_jsonb(o) ->> TG_ARGV[0]
    FROM was_there o;
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Link",
            fields=[
                ("n", models.BigIntegerField(primary_key=True, serialize=False)),
                ("table_name", models.CharField(max_length=40)),
                ("row_id", models.CharField(max_length=40)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("made_at", models.DateTimeField()),
                ("mark", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["table_name", "row_id", "-n"], name="proof_newest_of_a_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Touched",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("transaction_id", models.BigIntegerField(db_index=True)),
                ("table_name", models.CharField(max_length=40)),
                ("row_id", models.CharField(max_length=40)),
            ],
        ),
        rls.append_only("proof_link"),
        migrations.RunSQL(TOUCH, "DROP FUNCTION proof_touch() CASCADE"),
    ]
