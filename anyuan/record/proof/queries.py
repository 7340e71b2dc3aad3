"""Compares every row that is proved with what was sealed of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection

from anyuan.kernel import manifest, secret
from anyuan.kernel.scoping import SYSTEM, acting

from .models import Link
from .rules import Amiss, Said, compared

PURPOSE = "chain of rows"


def primary_key(table: str) -> str:
    """The column that names a row of a table."""
    return str(manifest.model_of(table)._meta.pk.column)


# The whole row as text, in the order of its columns; times as they are in UTC. When somebody signed
# in last is no matter of proof. The trigger `proof_touch` reckons the same.
DIGEST = "encode(sha256(convert_to((to_jsonb(t) - 'last_login')::text, 'UTF8')), 'hex')"


def digests(table: str, rows: Sequence[str]) -> dict[str, str]:
    """The digests of some rows as they are now; those that are gone are left out."""
    key = primary_key(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t."{key}"::text, {DIGEST} FROM "{table}" t WHERE t."{key}"::text ='
            " ANY(%s::text[])",
            [list(rows)],
        )
        return dict(cursor.fetchall())


def sealed(rows: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What the newest link of each of these rows (table, id) says; left out where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (l.table_name, l.row_id) l.table_name, l.row_id, l.digest FROM"
            " proof_link l JOIN unnest(%s::text[], %s::text[]) AS asked(table_name, row_id)"
            " USING (table_name, row_id) ORDER BY l.table_name, l.row_id, l.n DESC",
            [[table for table, _row in rows], [row for _table, row in rows]],
        )
        return {(table, row): digest for table, row, digest in cursor.fetchall()}


def amiss() -> Iterator[Amiss]:
    """Walk the chain, then compare every row that is proved with its newest link. What was found
    otherwise when the program touched it again is told for good.
    """
    yield from _broken()
    found = Link.objects.exclude(otherwise="").order_by("n")
    for table, row, what in found.values_list("table_name", "row_id", "otherwise"):
        yield Amiss(table, row, what)
    new = _not_made_yet()
    for table in manifest.proved():
        if table not in new:
            yield from compared(table, different(table))


def _not_made_yet() -> set[str]:
    """Tables that a new version brings and of which no row was ever sealed: before an upgrade."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(quote_ident(name)) IS"
            " NULL AND NOT EXISTS (SELECT FROM proof_link l WHERE l.table_name = name)",
            [manifest.proved()],
        )
        return {name for (name,) in cursor.fetchall()}


def amiss_anywhere() -> list[Amiss]:
    """The same for somebody who may see every unit: rows are compared past whoever is looking."""
    with acting(SYSTEM, read_only=True):
        return list(amiss())


def _broken() -> Iterator[Amiss]:
    previous, expected = "", 1
    rows = Link.objects.order_by("n").values_list(
        "n", "table_name", "row_id", "digest", "made_at", "otherwise", "mark"
    )
    for n, table, row, digest, made_at, otherwise, mark in rows.iterator(chunk_size=5000):
        link = Said(n, table, row, digest, made_at, otherwise)
        if link.n != expected or not secret.agrees(PURPOSE, link.after(previous), mark, link=n):
            yield Amiss("", str(expected), "broken")
            return
        previous, expected = mark, link.n + 1


def different(table: str) -> list[tuple[str, str | None, str | None]]:
    key = primary_key(table)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH sealed AS (SELECT DISTINCT ON (row_id) row_id, NULLIF(digest, '') AS digest FROM"
            " proof_link WHERE table_name = %s ORDER BY row_id, n DESC), here AS (SELECT"
            f' t."{key}"::text AS row_id, {DIGEST} AS digest FROM "{table}" t) SELECT row_id,'
            " sealed.digest, here.digest FROM sealed FULL JOIN here USING (row_id) WHERE"
            " sealed.digest IS DISTINCT FROM here.digest ORDER BY row_id",
            [table],
        )
        return list(cursor.fetchall())


def head() -> tuple[int, str]:
    """Where the chain stands: number and mark of its last link."""
    last = Link.objects.order_by("-n").values_list("n", "mark").first()
    return last or (0, "")


def mark_at(n: int) -> str | None:
    return Link.objects.filter(n=n).values_list("mark", flat=True).first()


SHOWN = 16  # digits of a mark that are printed; nobody makes another chain that ends in the same


def code() -> str:
    """Where the chain stands, to be printed on what leaves: number and the first digits of its
    mark. Empty while nothing is sealed.
    """
    n, mark = head()
    return f"{n}-{mark[:SHOWN]}" if n else ""


def code_agrees(printed: str) -> bool:
    """Whether the chain still goes through where a printed code says that it stood.

    :raises ValueError: it is no such code.
    """
    number, _dash, digits = printed.strip().partition("-")
    if not number.isdigit() or len(number) > 18 or len(digits) != SHOWN:
        raise ValueError(printed)
    mark = mark_at(int(number))
    return mark is not None and mark.startswith(digits.lower())
