"""Fixtures shared by the tests here."""

from __future__ import annotations

from anyuan.field.patrols.tests.stage_patrols import building, route

__all__ = ["building", "route"]
