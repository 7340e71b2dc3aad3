"""The room that pricing works in: tables that are filled again and again."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class Room:
    """The tables of one pricing; every thread has its own and uses it again."""

    value: np.ndarray[Any, Any]
    back: np.ndarray[Any, Any]


_rooms = threading.local()


def room_for(days: int, shape: tuple[int, ...]) -> Room:
    key = (days, *shape)
    if getattr(_rooms, "key", None) != key:
        _rooms.key = key
        _rooms.room = Room(np.empty(shape), np.empty((days, *shape), np.int16))
    return _rooms.room  # type: ignore[no-any-return]
