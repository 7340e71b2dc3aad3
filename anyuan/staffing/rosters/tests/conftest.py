"""Fixtures shared by the tests here."""

from __future__ import annotations

from anyuan.staffing.rosters.tests.stage_rosters import manned

__all__ = ["manned"]
