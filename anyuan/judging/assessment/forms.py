"""Reads what a board is narrowed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anyuan.org.units.models import Unit


@dataclass(frozen=True)
class BoardForm:
    """Which schools and duties a board shows: of a town (id), a stage, a family of activities, a
    phase (id); empty: all.
    """

    town: str = ""
    kind: str = ""
    family: str = ""
    phase: str = ""
    sort: str = "attention"

    @classmethod
    def read(cls, data: Mapping[str, str]) -> BoardForm:
        given = {name: data[name] for name in cls.__dataclass_fields__ if data.get(name)}
        return cls(**given)

    def names(self, unit: Unit) -> bool:
        """Whether a school is one of those chosen."""
        in_town = not self.town or f"/{self.town}/" in unit.path
        return in_town and (not self.kind or unit.stage == self.kind)
