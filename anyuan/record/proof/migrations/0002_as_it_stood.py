"""What is touched is noted with how it stood before, under a word of the transaction that nobody
could foresee; links are added by the program alone.
"""

from django.db import migrations, models

from anyuan.kernel.rls import SYSTEM, protect

DIGEST = "encode(sha256(convert_to(({row} - 'last_login')::text, 'UTF8')), 'hex')"


def touch(digest: str) -> str:
    was = digest.format(row="to_jsonb(o)")
    return f"""
CREATE OR REPLACE FUNCTION proof_touch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE turn text := COALESCE(current_setting('anyuan.turn', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO proof_touched (transaction_id, turn, table_name, row_id, stood)
    SELECT pg_current_xact_id()::text::bigint, turn, TG_TABLE_NAME, to_jsonb(n) ->> TG_ARGV[0], ''
    FROM now_there n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO proof_touched (transaction_id, turn, table_name, row_id, stood)
    SELECT pg_current_xact_id()::text::bigint, turn, TG_TABLE_NAME, to_jsonb(o) ->> TG_ARGV[0],
        {was}
    FROM was_there o;
  ELSE
    INSERT INTO proof_touched (transaction_id, turn, table_name, row_id, stood)
    SELECT pg_current_xact_id()::text::bigint, turn, TG_TABLE_NAME, to_jsonb(o) ->> TG_ARGV[0],
        {was}
    FROM was_there o;
    INSERT INTO proof_touched (transaction_id, turn, table_name, row_id, stood)
    SELECT pg_current_xact_id()::text::bigint, turn, TG_TABLE_NAME, to_jsonb(n) ->> TG_ARGV[0], ''
    FROM now_there n WHERE (to_jsonb(n) ->> TG_ARGV[0]) NOT IN
        (SELECT to_jsonb(o) ->> TG_ARGV[0] FROM was_there o);
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("proof", "0001_initial")]
    operations = [
        migrations.AddField("touched", "turn", models.CharField(max_length=40, default="")),
        migrations.AddField("touched", "stood", models.CharField(max_length=64, default="")),
        migrations.AddField(
            "link", "otherwise", models.CharField(max_length=10, blank=True, default="")
        ),
        migrations.RunSQL(touch(DIGEST), migrations.RunSQL.noop),
        protect("proof_link", read="true", write=SYSTEM),
    ]
