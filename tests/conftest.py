"""Fixtures shared by the tests here."""

from __future__ import annotations

from tests.stage_accounts import _fresh

__all__ = ["_fresh"]
