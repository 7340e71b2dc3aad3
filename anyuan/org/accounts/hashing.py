"""Passwords are hashed one at a time in a process: a hash takes a tenth of a second of a core, and
whoever asks for thousands must leave the cores to the pages.
"""

from __future__ import annotations

import threading
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher

_one = threading.Lock()


class InTurn(Argon2PasswordHasher):
    """Argon2, one after the other."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        with _one:
            return super().encode(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        with _one:
            return super().verify(*args, **kwargs)
