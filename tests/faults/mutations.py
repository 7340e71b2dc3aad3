"""Alters, deletes, inserts, exchanges and truncates what is proved, as the database's owner, and
says what was not found. Each change is undone.

    python tests/faults/mutations.py [rows of each table]      prints one line of JSON
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter

from anyuan.ops import supervisor

supervisor.prepare(owner=True)

from django.db import connection, transaction  # noqa: E402

from anyuan.kernel import clock, manifest, scoping  # noqa: E402
from anyuan.kernel.scoping import SYSTEM, enter  # noqa: E402
from anyuan.record.evidence import queries as evidence  # noqa: E402
from anyuan.record.proof import queries as proof  # noqa: E402
from anyuan.record.proof import services as sealing  # noqa: E402

tried: Counter[str] = Counter()
missed: list[str] = []

# What is altered to, by the type of a column: something else of that type.
OTHER = {
    "bigint": "COALESCE({c}, 0) + 1",
    "integer": "COALESCE({c}, 0) + 1",
    "smallint": "COALESCE({c}, 0) + 1",
    "numeric": "COALESCE({c}, 0) + 1",
    "double precision": "COALESCE({c}, 0) + 1",
    "boolean": "NOT COALESCE({c}, false)",
    "date": "COALESCE({c}, date '2026-01-01') + 1",
    "timestamp with time zone": "COALESCE({c}, now()) + interval '1 hour'",
    "time without time zone": "COALESCE({c}, time '08:00') + interval '1 hour'",
    "character varying": "'改' || COALESCE(left({c}, 2), '')",
    "text": "'改' || COALESCE(left({c}, 20), '')",
    "jsonb": "'{{\"altered\": true}}'::jsonb",
    "uuid": "'00000000-0000-4000-8000-000000000001'::uuid",
    "bytea": "'\\x00'::bytea",
}


def columns(cursor, table):
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND"
        " table_schema = 'public' ORDER BY ordinal_position",
        [table],
    )
    return cursor.fetchall()


def found(table):
    """Whether a change of a table's rows is found, by the rows alone or by the chain of facts."""
    return bool(proof.different(table)) or (
        table == "evidence_fact" and any(True for _break in evidence.breaks())
    )


def change(what, table, *statements):
    """Do it past the program, look whether it is found, undo it."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                enter(cursor, SYSTEM)
                cursor.execute("SET LOCAL session_replication_role = replica")
                touched = 0
                for statement in statements:
                    cursor.execute(statement)
                    touched += cursor.rowcount
                cursor.execute("SET LOCAL session_replication_role = origin")
            if touched:
                tried[what.split()[0]] += 1
                if not found(table):
                    missed.append(f"{what} {table}")
            transaction.set_rollback(True)
    except Exception as error:  # a constraint of the database is in the way: nothing was changed
        tried["refused by the database"] += 1
        del error


# What is no matter of proof, each with its reason.
UNPROVED = {
    (
        "people_person",
        "last_login",
    ),  # written at each sign-in; the audit log has the sign-in itself
}


def attack(table, rows):
    key = proof.primary_key(table)
    with transaction.atomic(), connection.cursor() as cursor:
        enter(cursor, SYSTEM)
        cursor.execute(f'SELECT "{key}"::text FROM "{table}" ORDER BY 1 LIMIT %s', [rows])
        keys = [k for (k,) in cursor.fetchall()]
        named = columns(cursor, table)
    for row in keys:
        here = f"\"{key}\"::text = '{row}'"
        for column, kind in named:
            if (table, column) in UNPROVED:
                continue
            other = OTHER.get(kind)
            if other is None:
                missed.append(f"no way to alter {table}.{column} of type {kind}")
                continue
            value = other.format(c=f'"{column}"')
            change(
                f"altered {column}",
                table,
                f'UPDATE "{table}" SET "{column}" = {value} WHERE {here}',
            )
        change("deleted", table, f'DELETE FROM "{table}" WHERE {here}')
        inserted = ", ".join(
            OTHER[kind].format(c=f'"{column}"') if column == key else f'"{column}"'
            for column, kind in named
        )
        if "uuid" in dict(named).get(key, ""):
            inserted = inserted.replace("0001'::uuid", "0002'::uuid")
        elif dict(named)[key] == "bigint":
            inserted = inserted.replace(f'COALESCE("{key}", 0) + 1', f'"{key}" + 100000000')
        names = ", ".join(f'"{column}"' for column, _kind in named)
        change(
            "inserted",
            table,
            f'INSERT INTO "{table}" ({names}) OVERRIDING SYSTEM VALUE SELECT {inserted} FROM'
            f' "{table}" WHERE {here}',
        )
    for one, other in itertools.pairwise(keys):
        if dict(named)[key] != "bigint":
            continue
        move = f'UPDATE "{table}" SET "{key}" = {{to}} WHERE "{key}" = {{of}}'
        change(
            "exchanged",
            table,
            move.format(to=-1, of=one),
            move.format(to=one, of=other),
            move.format(to=other, of=-1),
        )
    if keys:
        change("truncated", table, f'DELETE FROM "{table}"')


def of_the_chain():
    """The chain of rows itself: altered, cut, replayed, and a row with a link made without the
    key.
    """
    before = proof.head()

    def look(what, *statements):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    enter(cursor, SYSTEM)
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    for statement in statements:
                        cursor.execute(statement)
                tried["chain"] += 1
                n, mark = before
                if not any(True for _row in proof.amiss()) and proof.mark_at(n) == mark:
                    missed.append(f"chain {what}")
                transaction.set_rollback(True)
        except Exception as error:
            missed.append(f"chain {what}: {error}")

    last = "(SELECT max(n) FROM proof_link)"
    look("altered", f"UPDATE proof_link SET digest = repeat('0', 64) WHERE n = {last}")
    look("cut", f"DELETE FROM proof_link WHERE n > {last} - 20")
    look("cut in the middle", "DELETE FROM proof_link WHERE n = 2")
    look(
        "replayed",
        "INSERT INTO proof_link (n, table_name, row_id, digest, made_at, otherwise, mark) SELECT"
        f" {last} + 1, table_name, row_id, digest, made_at, otherwise, mark FROM proof_link"
        " WHERE n = 1",
    )
    look(
        "a row back to what it was, with its links cut",
        "DELETE FROM proof_link WHERE n = (SELECT max(n) FROM proof_link)",
    )


def laundered():
    """A row altered past the program, which the program then touches, is told to touch, or seals
    anew after an upgrade: it stays found.
    """
    unit = "(SELECT min(id) FROM units_unit)"
    alter = f"UPDATE units_unit SET name = name || '改' WHERE id = {unit}"
    plant = (
        "INSERT INTO proof_touched (transaction_id, turn, table_name, row_id, stood) SELECT"
        " pg_current_xact_id()::text::bigint + i, '', 'units_unit', l.row_id, l.digest FROM"
        f" proof_link l, generate_series(0, 50) i WHERE l.table_name = 'units_unit' AND l.row_id ="
        f" {unit}::text"
    )

    def touch(cursor):
        cursor.execute(f"UPDATE units_unit SET name = name || '。' WHERE id = {unit}")
        sealing.seal_touched()

    def by_planted_notes(cursor):
        cursor.execute(plant)
        scoping._take_turn(cursor)
        cursor.execute("UPDATE units_term SET name = name || '。'")
        sealing.seal_touched()

    def by_an_upgrade(_cursor):
        sealing.seal_anew(clock.now(), sealing.before_upgrade())

    for what, act in (
        ("touched again", touch),
        ("by planted notes", by_planted_notes),
        ("by an upgrade", by_an_upgrade),
    ):
        with transaction.atomic(), connection.cursor() as cursor:
            enter(cursor, SYSTEM)
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(alter)
            cursor.execute("SET LOCAL session_replication_role = origin")
            act(cursor)
            tried["laundered"] += 1
            if "units_unit" not in {a.table for a in proof.amiss()}:
                missed.append(f"laundered {what}")
            transaction.set_rollback(True)


rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for name in manifest.proved():
    attack(name, rows)
of_the_chain()
laundered()
connection.close()
print(json.dumps({"tried": tried, "missed": missed}, ensure_ascii=False))
supervisor.stop_database()
