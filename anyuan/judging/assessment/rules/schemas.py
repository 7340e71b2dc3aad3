"""The tables that expressions read and make.

A verdict is one Ibis expression per measure, from bindings, windows and facts to cells, and one
from a cell and now to a word. The same run on PostgreSQL for live boards and on DuckDB over Parquet
for a province's years. Nothing here casts time zones: facts carry their unit's local day, windows
the UTC moments they open and close.
"""

from __future__ import annotations

from typing import Any

import ibis

VERDICTS = ("met", "due", "short", "breached", "exempt", "declared", "unknown")


KEY = ["unit_id", "obligation_id", "starts", "slot"]


COLUMNS = [
    "unit_id",
    "obligation_id",
    "measure",
    "comparator",
    "starts",
    "ends",
    "slot",
    "opens_at",
    "closes_at",
    "needed",
    "value",
    "possible",
    "facts",
    "last_at",
]


TS, DEC = "timestamp('UTC', 6)", "decimal(12, 2)"

BINDING = ibis.table(
    {
        "unit_id": "int64",
        "obligation_id": "int64",
        "calendar_id": "int64",
        "activity": "string",
        "trigger": "string",
        "measure": "string",
        "comparator": "string",
        "window": "string",
        "needed": DEC,
        "cap": DEC,
        "minutes": "int64",
        "post": "string",
        "from_minute": "int64",
        "to_minute": "int64",
        "starts": "date",
        "ends": "date",
        "opens_at": TS,
        "closes_at": TS,
    },
    name="owed",
)


WINDOW = ibis.table(
    {
        "calendar_id": "int64",
        "kind": "string",
        "starts": "date",
        "ends": "date",
        "opens_at": TS,
        "closes_at": TS,
    },
    name="opened",
)


# Each day of each opened window: facts find their window by equality, which every engine hashes.
DAY = ibis.table(
    {"calendar_id": "int64", "kind": "string", "day": "date", "starts": "date"}, name="days"
)


FACT = ibis.table(
    {
        "id": "int64",
        "unit_id": "int64",
        "activity": "string",
        "quantity": DEC,
        "slot": "string",
        "day": "date",
        "occurred_at": TS,
        "answers_id": "int64",
        "obligation_id": "int64",
    },
    name="counted",
)


# Who was at their place from when to when, for each local day that touches; once under the kind of
# their station, once under none.
SERVED = ibis.table(
    {"unit_id": "int64", "post": "string", "day": "date", "starts_at": TS, "ends_at": TS},
    name="served",
)


# The local days on which a roster says that somebody is to be at such a post.
PLANNED = ibis.table({"unit_id": "int64", "post": "string", "day": "date"}, name="planned")


# What was granted: over [starts, ends) this unit is not held to this obligation.
EXCUSED = ibis.table(
    {"unit_id": "int64", "obligation_id": "int64", "starts": "date", "ends": "date"}, name="excused"
)


CELL = ibis.table(
    {
        "unit_id": "int64",
        "obligation_id": "int64",
        "measure": "string",
        "comparator": "string",
        "starts": "date",
        "ends": "date",
        "slot": "int64",
        "opens_at": TS,
        "closes_at": TS,
        "needed": DEC,
        "value": DEC,
        "possible": DEC,
        "facts": "int64",
        "last_at": TS,
    },
    name="assessment_cell",
)


def null(kind: str) -> Any:
    return ibis.null().cast(kind)
