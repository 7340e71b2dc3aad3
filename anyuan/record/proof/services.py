"""Seals the rows that a transaction touched, before it ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from anyuan.kernel import manifest, secret
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting, enter, turn

from . import queries
from .rules import Amiss, Said, otherwise

LOCK = 0x70726F6F


def seal_touched() -> int:
    """Seal what this transaction touched; returns how many rows. The last act of a transaction:
    it looks past whoever is acting.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM proof_touched WHERE transaction_id ="
            " pg_current_xact_id_if_assigned()::text::bigint AND turn = %s"
            " RETURNING id, table_name, row_id, stood",
            [turn()],
        )
        noted = sorted(cursor.fetchall())
        if not noted:
            return 0
        enter(cursor, SYSTEM)
    # How it stood before the first of several acts.
    stood: dict[Row, str] = {}
    for _id, table, row, before in noted:
        stood.setdefault((table, row), before)
    return _append(_changed(stood), now())


Row = tuple[str, str]  # a table, and the id of a row of it


def _changed(stood: dict[Row, str]) -> Iterable[tuple[Row, str, str]]:
    """Each row with its digest as it is now (empty where it is gone), and what had become of it
    past the program; left out where nothing is new.
    """
    sealed = queries.sealed(list(stood))
    for table in sorted({table for table, _row in stood}):
        rows = sorted(row for of, row in stood if of == table)
        known = queries.digests(table, rows)
        for row in rows:
            last, is_now = sealed.get((table, row)), known.get(row, "")
            amiss = otherwise(last, stood[table, row])
            if amiss or (last or "") != is_now:
                yield (table, row), is_now, amiss


def _append(rows: Iterable[tuple[Row, str, str]], at: datetime) -> int:
    with connection.cursor() as cursor:
        # One after the other: each link names the one before. Held until the transaction ends.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        n, previous = queries.head()
        links = []
        for (table, row), digest, amiss in rows:
            n += 1
            said = Said(n, table, row, digest, at, amiss)
            previous = secret.digest(queries.PURPOSE, said.after(previous))
            links.append((n, table, row, digest, at, amiss, previous))
        cursor.executemany(
            "INSERT INTO proof_link (n, table_name, row_id, digest, made_at, otherwise, mark)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            links,
        )
    return len(links)


@transaction.atomic
def seal_anew(at: datetime, before: Iterable[Amiss] = ()) -> int:
    """Seal every row that does not stand as it was sealed: after tables have changed their form,
    or where nothing was sealed yet. Returns how many.

    :param before: what was amiss before they changed; it is told for good.
    """
    known = {(a.table, a.row): a.what for a in before if a.table}
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
        cursor.execute("DELETE FROM proof_touched")
    found = [
        ((table, row), digest or "", known.get((table, row), ""))
        for table in manifest.proved()
        for row, _sealed, digest in queries.different(table)
    ]
    return _append(found, at) if found else 0


@transaction.atomic
def close(at: datetime) -> int:
    """Add a link that seals no row, by the current key; returns the number of the one before. After
    it nothing that older keys marked can be made anew, whoever has them.
    """
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
    n, _mark = queries.head()
    _append([(("", "keys"), "", "")], at)
    return n


def before_upgrade() -> list[Amiss]:
    """What is amiss before tables change their form; nothing where there is no chain yet, or one of
    an earlier form.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'proof_link' AND"
            " column_name = 'otherwise'"
        )
        if cursor.fetchone() == (0,):
            return []
    with acting(SYSTEM):
        return [a for a in queries.amiss() if a.table]


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
