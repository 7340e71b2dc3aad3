"""Fixtures shared by the tests here."""

from __future__ import annotations

from anyuan.field.presence.tests.stage_presence import _mail, gate

__all__ = ["_mail", "gate"]
