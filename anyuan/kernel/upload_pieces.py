"""Owns files that a phone sends in pieces: each piece is kept until the command that needs the file
comes. Gone after a week.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

from .commands import NotNow, Refused

PIECES_KEPT_FOR = 7 * 24 * 3600  # seconds
LARGEST = 8 * 1024 * 1024
MOST = 200  # files of one person that wait


def _folder() -> Path:
    return Path(settings.HOME, "incoming")


def _path(person_id: int, file_id: UUID) -> Path:
    return _folder() / f"{person_id}-{file_id.hex}"


def received(person_id: int, file_id: UUID) -> int:
    """How many bytes of a file are here; a phone goes on from there."""
    try:
        return _path(person_id, file_id).stat().st_size
    except OSError:
        return 0


def add(person_id: int, file_id: UUID, offset: int, piece: bytes) -> int:
    """Add a piece at its place; returns how many bytes are here now.

    A piece that was here already changes nothing; one that would leave a hole is not taken, and the
    number says where to go on.

    :raises Refused: too large. :raises NotNow: too many wait, or the storage is full.
    """
    path = _path(person_id, file_id)
    here = received(person_id, file_id)
    if offset + len(piece) > LARGEST:
        raise Refused(f"a file has at most {LARGEST >> 20} MB")
    if offset > here or offset + len(piece) <= here:
        return here
    try:
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        if here == 0 and sum(1 for _ in _folder().glob(f"{person_id}-*")) >= MOST:
            raise NotNow("too many files wait; send what belongs to them first")
        with path.open("ab") as file:
            file.write(piece[here - offset :])
    except OSError as error:
        raise NotNow(
            "the server's storage is full or broken; nothing is lost on this device"
        ) from error
    return received(person_id, file_id)


def read(person_id: int, file_id: UUID) -> bytes | None:
    """The whole file; None if it is not here (any more)."""
    try:
        return _path(person_id, file_id).read_bytes()
    except OSError:
        return None


def whole(person_id: int, file_id: UUID, said: tuple[int, str] | None) -> bytes | None:
    """A file, if all of it is here and it is the one that was meant: of the size and the SHA-256
    digest that were said. Another file is thrown away, to be sent anew.
    """
    data = read(person_id, file_id)
    if data is None or said is None:
        return data
    size, digest = said
    if len(data) < size:
        return None
    if len(data) > size or hashlib.sha256(data).hexdigest() != digest:
        forget(person_id, file_id)
        return None
    return data


def forget(person_id: int, file_id: UUID) -> None:
    _path(person_id, file_id).unlink(missing_ok=True)


def sweep() -> None:
    """Delete what no command asked for within a week."""
    if _folder().is_dir():
        for old in _folder().iterdir():
            if old.stat().st_mtime < time.time() - PIECES_KEPT_FOR:
                old.unlink(missing_ok=True)
