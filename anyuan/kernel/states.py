"""Owns how a table of transitions is used: a guarded update names where it may come from."""

from __future__ import annotations

from collections.abc import Iterable


def origins(transitions: Iterable[tuple[str, str]], to: str) -> list[str]:
    """The states from which one is reached. :raises ValueError: none leads there."""
    found = [before for before, after in transitions if after == to]
    if not found:
        raise ValueError(f"no transition leads to {to}")
    return found
