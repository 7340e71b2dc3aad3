"""Owns words that can be forgotten though what holds them cannot change: each is locked by a key of
its own, and the key can be thrown away.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LOCKED = "~"  # where the locked words of a mapping stand
_NONCE = bytes(12)  # every key locks one thing, once


def lock(words: Mapping[str, Any], names: frozenset[str]) -> tuple[dict[str, Any], bytes | None]:
    """Lock what a mapping says under these names; returns what may be kept for ever, and the key
    (None: there was nothing to lock).
    """
    inside = {k: v for k, v in words.items() if k in names}
    if not inside:
        return dict(words), None
    key = secrets.token_bytes(16)
    token = AESGCM(key).encrypt(_NONCE, json.dumps(inside, ensure_ascii=False).encode(), None)
    return {
        **{k: v for k, v in words.items() if k not in names},
        LOCKED: base64.b64encode(token).decode(),
    }, key


def unlock(kept: Mapping[str, Any], key: bytes | None) -> dict[str, Any]:
    """All a mapping says, or without its key what is not locked.

    :raises cryptography.exceptions.InvalidTag: another's key.
    """
    plain = {k: v for k, v in kept.items() if k != LOCKED}
    if LOCKED not in kept or key is None:
        return plain
    return {
        **plain,
        **json.loads(AESGCM(key).decrypt(_NONCE, base64.b64decode(kept[LOCKED]), None)),
    }
