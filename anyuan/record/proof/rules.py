"""What a link of the chain of rows says. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Said:
    """One link, before it is marked."""

    n: int
    table: str
    row: str
    digest: str
    made_at: datetime
    otherwise: str = ""

    def after(self, previous: str) -> str:
        """What its mark is made of."""
        at = self.made_at.astimezone(UTC).isoformat(timespec="microseconds")
        parts = (previous, str(self.n), self.table, self.row, self.digest, at)
        return "|".join((*parts, *([self.otherwise] if self.otherwise else [])))


def otherwise(sealed: str | None, stood: str) -> str:
    """What became of a row past the program: it was sealed so (None: never; empty: as deleted),
    and stood so when the program touched it. Empty: nothing.
    """
    if (sealed or "") == stood:
        return ""
    if not stood:
        return "removed"
    return "altered" if sealed else "inserted"


@dataclass(frozen=True)
class Amiss:
    """A row, or a link (then `table` is empty), that does not stand as it was sealed.

    `what`: altered | removed | inserted | broken
    """

    table: str
    row: str
    what: str


def compared(table: str, rows: Iterable[tuple[str, str | None, str | None]]) -> Iterable[Amiss]:
    """What is amiss of rows given as (row, digest sealed, digest now); None: there is none."""
    for row, sealed, now in rows:
        if now is None:
            yield Amiss(table, row, "removed")
        else:
            yield Amiss(table, row, "altered" if sealed else "inserted")
