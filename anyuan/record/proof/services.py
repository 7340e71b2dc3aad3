"""Seals the rows that a transaction touched, before it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from anyuan.kernel import manifest, secret
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, enter

from . import queries
from .rules import Said

LOCK = 0x70726F6F


def seal_touched() -> int:
    """Seal what this transaction touched; returns how many rows. The last act of a transaction:
    it looks past whoever is acting.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM proof_touched WHERE transaction_id ="
            " pg_current_xact_id_if_assigned()::text::bigint RETURNING table_name, row_id"
        )
        touched: dict[str, set[str]] = defaultdict(set)
        for table, row in cursor.fetchall():
            touched[table].add(row)
        if not touched:
            return 0
        enter(cursor, SYSTEM)
    return _append(_stand(touched), now())


def _stand(touched: dict[str, set[str]]) -> Iterable[tuple[str, str, str]]:
    """Each row with its digest as it is now; empty where it is gone."""
    for table, rows in sorted(touched.items()):
        known = queries.digests(table, sorted(rows))
        for row in sorted(rows):
            yield table, row, known.get(row, "")


def _append(rows: Iterable[tuple[str, str, str]], at: datetime) -> int:
    with connection.cursor() as cursor:
        # One after the other: each link names the one before. Held until the transaction ends.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        n, previous = queries.head()
        links = []
        for table, row, digest in rows:
            n += 1
            said = Said(n, table, row, digest, at)
            previous = secret.digest(queries.PURPOSE, said.after(previous))
            links.append((n, table, row, digest, at, previous))
        with cursor.copy(
            "COPY proof_link (n, table_name, row_id, digest, made_at, mark) FROM STDIN"
        ) as to:
            for link in links:
                to.write_row(link)
    return len(links)


@transaction.atomic
def seal_anew(at: datetime) -> int:
    """Seal every row that does not stand as it was sealed: after tables have changed their form,
    or where nothing was sealed yet. Returns how many.
    """
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
        cursor.execute("DELETE FROM proof_touched")
    found = [
        (table, row, digest or "")
        for table in manifest.proved()
        for row, _sealed, digest in queries.different(table)
    ]
    return _append(found, at) if found else 0


def watch_tables() -> None:
    """Let triggers note which rows of the tables that apps name are touched. As the owner of the
    tables; harmless to repeat.
    """
    with connection.cursor() as cursor:
        for table in manifest.proved():
            for event, seen in SEEN.items():
                cursor.execute(
                    f'CREATE OR REPLACE TRIGGER proof_{event.lower()} AFTER {event} ON "{table}"'
                    f" REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION"
                    f" proof_touch('{queries.primary_key(table)}')"
                )


SEEN = {
    "INSERT": "NEW TABLE AS now_there",
    "UPDATE": "OLD TABLE AS was_there NEW TABLE AS now_there",
    "DELETE": "OLD TABLE AS was_there",
}
