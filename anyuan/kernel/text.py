"""Owns which characters a text may hold: what no database, spreadsheet or document keeps is refused at the door."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_plain(text: str) -> bool:
    """Whether a text holds nothing but letters, signs, spaces, tabs and line ends."""
    return not _CONTROL.search(text)


def cleaned(text: str) -> str:
    """The text without what cannot be written to a document; for rows that were kept before it was refused."""
    return _CONTROL.sub("", text)
