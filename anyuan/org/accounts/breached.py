"""Refuses passwords that are known from breaches, with no call to the outside.

Two lists: Django's twenty thousand commonest breached passwords, and a file of sorted SHA-1 hashes
that an operator may lay down
(`ANYUAN_BREACH_LIST`; one `HASH:COUNT` a line, the form in which "Pwned Passwords" is handed out;
some 40 GB for all of it).
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Words anybody would try here first; a password of nothing but them, digits and signs is refused.
OURS = (
    "anyuan",
    "huxiao",
    "huxiaoanyuan",
    "xuexiao",
    "anquan",
    "pinganxiaoyuan",
    "youeryuan",
    "paichusuo",
    "jiaoyuju",
    "gonganju",
    "xiaozhang",
    "laoshi",
    "menwei",
    "baoan",
    "school",
    "police",
    "teacher",
    "admin",
    "administrator",
)
_OURS = re.compile(f"(?:{'|'.join(sorted(OURS, key=len, reverse=True))})+")
SHORTEST = (
    6  # characters of a common password that is looked for inside a longer one; our own bound
)


class Breached:
    """A validator for `AUTH_PASSWORD_VALIDATORS`."""

    def validate(self, password: str, user: Any = None) -> None:
        """:raises ValidationError: it stands in a list of breached passwords, or is one with
        something easy added.
        """
        plain = password.lower().strip()
        if self._is_common_in_disguise(plain) or self._names_its_owner(plain, user):
            raise ValidationError(
                _(
                    "This password is a common one with something easy added. Please think of"
                    " several words that belong only to you."
                ),
                code="password_breached",
            )
        if settings.BREACH_LIST and listed(Path(settings.BREACH_LIST), password):
            raise ValidationError(
                _("This password is known from a breach elsewhere. Please choose another."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Not a password that is known from a breach.")

    @cached_property
    def _common(self) -> frozenset[str]:
        return frozenset(CommonPasswordValidator().passwords)

    def _is_common_in_disguise(self, plain: str) -> bool:
        """`password2026!!`, `qwertyqwerty`: a common password with digits and signs around it, or
        written again and again.
        """
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
        whole = re.fullmatch(r"(.+?)\1+", plain)
        letters = re.sub(r"[\W\d_]+", "", plain)
        common = any(
            len(word) >= SHORTEST and word in self._common
            for word in (core, whole[1] if whole else "")
        )
        return common or bool(_OURS.fullmatch(letters)) or len(set(plain)) < 5

    @staticmethod
    def _names_its_owner(plain: str, user: Any) -> bool:
        """Their own user name or the sound of their own name, with nothing but digits and signs
        around it.
        """
        core = re.sub(r"[\W\d_]+", "", plain)
        own = {
            str(getattr(user, name, None) or "").lower().replace(" ", "")
            for name in ("username", "pinyin")
        } - {""}
        return bool(core) and core in own


def listed(path: Path, password: str) -> bool:
    """Whether the SHA-1 hash of a password stands in a sorted file of hashes; found by halving, in
    some thirty reads.

    :raises OSError: the file is not there.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            start, line = _line_at(file, (low + high) // 2)
            if line[:40].upper() == wanted:
                return True
            low, high = (start + len(line), high) if line[:40].upper() < wanted else (low, start)
    return False


def _line_at(file: BinaryIO, offset: int) -> tuple[int, bytes]:
    """The line that holds the byte at an offset, with where it starts."""
    come_from_office = max(0, offset - 128)
    file.seek(come_from_office)
    start = come_from_office + file.read(offset - come_from_office).rfind(b"\n") + 1
    file.seek(start)
    return start, file.readline()
