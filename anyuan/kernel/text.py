"""Owns which characters a text may hold: what no database, spreadsheet or document keeps is refused
at the door.
"""

from __future__ import annotations

import re
import unicodedata

# Also what turns the direction of a text around: a name must read as it is written.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    r"\ufeff\ufffe\uffff]"
)


def is_plain(text: str) -> bool:
    """Whether a text holds nothing but letters, signs, spaces, tabs and line ends."""
    return not _CONTROL.search(text)


# Signs that leave no ink: fillers of other scripts, and all that only shapes its neighbours.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def says_something(text: str) -> bool:
    """Whether a reader would see anything of it."""
    return any(
        c not in _BLANK and unicodedata.category(c) not in {"Cf", "Zs", "Zl", "Zp", "Cc", "Mn"}
        for c in text
    )


def cleaned(text: str) -> str:
    """The text without what cannot be written to a document; for rows that were kept before it was
    refused.
    """
    return _CONTROL.sub("", text)


_BETWEEN = re.compile(r"[\s\u200b\u2060\ufeff\-‐-―−_.。．·、,，]+")


def typed_code(text: str) -> str:
    """A code as it was meant, however it was typed or pasted: full width as half, without spaces,
    dashes and stops.
    """
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text))


def typed_name(text: str) -> str:
    """The name of an account as it was meant: full width as half, without what stands around it."""
    return re.sub(r"[\s\u200b\u2060\ufeff]+", "", unicodedata.normalize("NFKC", text)).lower()


_HALF = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", "(": "（", ")": "）"}
_IN_CHINESE = re.compile(r"(?<=[一-鿿”》）])[,;:?!)(]|[,;:?!)(](?=[一-鿿“《（])")


def in_chinese(text: str) -> str:
    """Words from elsewhere as a Chinese document writes them: signs between characters at full
    width; those of times and numbers stay.
    """
    return _IN_CHINESE.sub(lambda m: _HALF[m.group()], text)
