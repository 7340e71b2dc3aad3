"""Sessions, which the database shows in the moment of signing in alone."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends import db

from anyuan.kernel.scoping import signing_in


class SessionStore(db.SessionStore):
    """Django's own, asked and written in that moment."""

    def load(self) -> dict[str, Any]:
        with signing_in(read_only=True):
            return super().load()

    def exists(self, session_key: str) -> bool:
        with signing_in(read_only=True):
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        with signing_in():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with signing_in():
            super().delete(session_key)

    @classmethod
    def clear_expired(cls) -> None:
        with signing_in():
            super().clear_expired()

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)
