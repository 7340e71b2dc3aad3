"""Owns what hangs on the installation's key: what is kept encrypted by it, and digests that nobody
makes without it.

There may be older keys behind the current one (`anyuan new-key`): what they made still counts,
whatever is made now is made with the current.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def derived(purpose: str) -> list[bytes]:
    """A key of 32 bytes for one purpose from each of the installation's keys, the current one
    first.
    """
    return [hashlib.sha256(f"{purpose}|{key}".encode()).digest() for key in _keys()]


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _cipher(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived(purpose)])


def seal(purpose: str, text: str) -> str:
    return _cipher(purpose).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """:raises cryptography.fernet.InvalidToken: sealed for something else, or by another
    installation's key.
    """
    return _cipher(purpose).decrypt(sealed.encode()).decode()


def reseal(purpose: str, sealed: str) -> str:
    """The same, sealed by the current key. :raises cryptography.fernet.InvalidToken:"""
    return _cipher(purpose).rotate(sealed.encode()).decode()


def digest(purpose: str, text: str) -> str:
    """What is kept of a code that somebody gives back: 64 hexadecimal digits."""
    return _digest(purpose, settings.SECRET_KEY, text)


def digests(purpose: str, text: str) -> list[str]:
    """The digest by each of the keys, the current one first."""
    return [_digest(purpose, key, text) for key in _keys()]


def agrees(purpose: str, text: str, kept: str, *, link: int = 0) -> bool:
    """Whether a digest was made of this text, by whichever of the keys.

    :param link: its number in a chain, up to which ended keys count: what comes after holds it.
    """
    ended = [key for until, key in settings.SECRET_KEYS_RETIRED if 0 < link <= until]
    tried = (_digest(purpose, key, text) for key in (*_keys(), *ended))
    return any(secrets.compare_digest(kept, made) for made in tried)


def _digest(purpose: str, key: str, text: str) -> str:
    return hashlib.sha256(f"{purpose}|{key}|{text}".encode()).hexdigest()
