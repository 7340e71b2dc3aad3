"""Owns what is kept encrypted by the installation's key: a copy of the database alone says none of it."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def _cipher(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}|{settings.SECRET_KEY}".encode()).digest()))


def seal(purpose: str, text: str) -> str:
    return _cipher(purpose).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """:raises cryptography.fernet.InvalidToken: sealed for something else, or by another installation's key."""
    return _cipher(purpose).decrypt(sealed.encode()).decode()
