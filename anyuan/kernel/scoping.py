"""Owns who is looking: the viewer, what they may do, and the database's own knowledge of it.

Two locks: `Viewer.may` in code, row-level security in the database by the settings that `acting`
makes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.http import Http404

from . import manifest, rls, secret


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
    def pk(self) -> int:
        """The person. :raises ValueError: nobody, or the program itself."""
        if self.person_id is None:
            raise ValueError(f"{self.name or 'nobody'} is no person")
        return self.person_id

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

    def roles_at(self, path: str) -> frozenset[str]:
        """The roles held at the unit with this path."""
        return frozenset(g.role for g in self.grants if path.startswith(g.path))

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


# What was asked within one page, by whoever asked it first: several apps tell of the same duties.
_remembered: ContextVar[dict[Hashable, Any] | None] = ContextVar("remembered", default=None)


def remembered[T](key: Hashable, make: Callable[[], T]) -> T:
    """What was made for this key on this page; nothing changes while a page is only read."""
    known = _remembered.get()
    if known is None:
        return make()
    if key not in known:
        known[key] = make()
    found: T = known[key]
    return found


@contextmanager
def acting(viewer: Viewer, *, read_only: bool = False) -> Iterator[None]:
    """One transaction in which the database shows and takes only what is the viewer's."""
    outermost = not connection.in_atomic_block
    memory = _remembered.set({} if read_only else None)
    try:
        with transaction.atomic():
            before = _before() if not outermost else ()
            with connection.cursor() as cursor:
                enter(cursor, viewer, read_only=read_only and outermost)
                if outermost and not read_only:
                    _take_turn(cursor)
            yield
            if not outermost:
                _put_back(before)
            elif not read_only:
                _act_last()
    finally:
        _remembered.reset(memory)


def _act_last() -> None:
    for act in manifest.last_acts():
        act()


SETTINGS = ("scope", "person", "signin", "rights", "seal")
_READ = ", ".join(f"COALESCE(current_setting('anyuan.{name}', true), '')" for name in SETTINGS)
# Nothing that a session has made for itself stands before the program's own tables.
_PATH = "set_config('search_path', 'public, pg_temp', true)"
_SAY = ", ".join([_PATH, *(f"set_config('anyuan.{name}', %s, true)" for name in SETTINGS)])

# A word for the transaction at hand that nobody could foresee: what it touches is noted under it.
_turn: ContextVar[str] = ContextVar("turn", default="")


def turn() -> str:
    """The word of the transaction at hand; empty where it did not begin with `acting`."""
    return _turn.get()


def _take_turn(cursor: CursorWrapper) -> None:
    _turn.set(token_hex(16))
    cursor.execute("SELECT set_config('anyuan.turn', %s, true)", [_turn.get()])


ONLY = ", set_config('transaction_read_only', 'on', true)"


def _before() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_READ}")
        found: tuple[str, ...] = cursor.fetchone()
    return found


def _put_back(before: tuple[str, ...]) -> None:
    """Inside somebody else's transaction the settings would outlive their block."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SAY}", before)


def enter(cursor: CursorWrapper, viewer: Viewer, *, read_only: bool = False) -> None:
    """Tell the database who is looking, until the transaction ends."""
    said = (",".join(viewer.scopes), str(viewer.person_id or ""), "off", _rights(viewer))
    cursor.execute(f"SELECT {_SAY}{ONLY if read_only else ''}", (*said, _seal(said)))


# Rights without which the database lets nobody write what the rights of others rest on.
GUARDED = ("org.edit",)


def _rights(viewer: Viewer) -> str:
    return ",".join(right for right in GUARDED if viewer.may(right))


def _seal(said: tuple[str, ...]) -> str:
    """What makes settings count: whoever gets a statement past the program can change them, and not
    make this. It holds in this connection alone; `rls.VIEWER_SQL` reckons the same.
    """
    key = _key()
    words = "|".join((str(connection.connection.info.backend_pid), *said)).encode()
    return sha256(key + sha256(key + words).digest()).hexdigest()


def _key() -> bytes:
    return secret.derived(rls.PURPOSE)[0]


@contextmanager
def signing_in(*, read_only: bool = False) -> Iterator[None]:
    """The one moment in which accounts, passwords and sessions are there, and nobody needs to be
    known.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        before = ("", "", "", "", "") if outermost else _before()
        # Settings that were not made here are not sealed here either.
        is_ours = before[4] == _seal(before[:4])
        scope, person, _signin, rights = before[:4] if is_ours else ("", "", "", "")
        said = (scope, person, "on", rights)
        cursor.execute(
            f"SELECT {_SAY}{ONLY if outermost and read_only else ''}", (*said, _seal(said))
        )
        if outermost and not read_only:
            _take_turn(cursor)
        yield
        if not outermost:
            _put_back(before)
        elif not read_only:
            _act_last()


def visible[M: Model](rows: QuerySet[M], pk: int) -> M:
    """Return the row with this id. :raises Invisible: if there is none the viewer may see."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Invisible
    return row
