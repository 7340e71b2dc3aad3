"""Three ways lead to the same verdicts."""

from __future__ import annotations
