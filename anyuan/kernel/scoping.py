"""Owns who is looking: the viewer, what they may do, and the database's own knowledge of it.

Two locks: `Viewer.may` in code, row-level security in the database by the settings that `acting` makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.http import Http404


class Denied(PermissionDenied):
    """A person who may see a thing but not do this with it; the message is the reason."""


class Invisible(Http404):
    """What the viewer may not see is as if it did not exist."""


@dataclass(frozen=True)
class Grant:
    """One role at one unit, valid for its subtree. `path` is the unit's, e.g. `/1/4/`."""

    role: str
    unit_id: int
    path: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class Viewer:
    """Somebody, and what they may do where. `shared` names the shared tablet they are using."""

    person_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    home_unit_id: int | None = None
    system: bool = field(default=False)
    shared: str = ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Paths of the subtrees this viewer may see, none inside another."""
        if self.system:
            return ("/",)
        # A role without business permissions opens nothing in the database either.
        paths = sorted({g.path for g in self.grants if g.permissions})
        return tuple(p for p in paths if not any(p != q and p.startswith(q) for q in paths))

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset().union(*(g.permissions for g in self.grants))

    def may(self, permission: str, path: str | None = None) -> bool:
        """Whether the viewer holds a permission, at the unit with this path if one is given."""
        if self.system:
            return True
        return any(
            permission in g.permissions and (path is None or path.startswith(g.path))
            for g in self.grants
        )

    def require(self, permission: str, path: str | None = None) -> None:
        """:raises Denied: with the reason."""
        if not self.may(permission, path):
            raise Denied(permission)


SYSTEM = Viewer(None, "系统", system=True)
NOBODY = Viewer(None, "")


@contextmanager
def acting(viewer: Viewer, *, read_only: bool = False) -> Iterator[None]:
    """One transaction in which the database shows and takes only what is the viewer's."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if read_only and outermost:
                cursor.execute("SET TRANSACTION READ ONLY")
            before: tuple[str | None, ...] = ()
            if not outermost:
                cursor.execute(
                    "SELECT current_setting('anyuan.scope', true), current_setting('anyuan.person', true), current_setting('anyuan.signin', true)"
                )
                before = cursor.fetchone()
            enter(cursor, viewer)
        yield
        if not outermost:
            # Inside somebody else's transaction the settings would outlive this block.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('anyuan.scope', %s, true), set_config('anyuan.person', %s, true), set_config('anyuan.signin', %s, true)",
                    [v or "" for v in before],
                )


def enter(cursor: object, viewer: Viewer) -> None:
    """Tell the database who is looking, until the transaction ends."""
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT set_config('anyuan.scope', %s, true), set_config('anyuan.person', %s, true),"
        " set_config('anyuan.signin', 'off', true)",
        [",".join(viewer.scopes), str(viewer.person_id or "")],
    )


@contextmanager
def signing_in() -> Iterator[None]:
    """The one moment in which accounts may be read without knowing who is looking."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('anyuan.signin', true), set_config('anyuan.signin', 'on', true)"
        )
        (before, _) = cursor.fetchone()
        yield
        cursor.execute("SELECT set_config('anyuan.signin', %s, true)", [before or "off"])


def visible[M: Model](rows: QuerySet[M], pk: int) -> M:
    """Return the row with this id. :raises Invisible: if there is none the viewer may see."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Invisible
    return row
