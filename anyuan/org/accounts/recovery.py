"""Recovery codes, kept as hashes from the moment they are shown: allauth would keep the seed they
are made of, encrypted.

In allauth's list of codes stand hashes instead of codes; the forms turn a code that is right into
its hash before allauth looks for it.
"""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.forms import ActivateTOTPForm

from anyuan.kernel.secret import seal
from anyuan.kernel.text import typed_code

# letters of anything that is typed as a code: shorter than a hash, so that a hash that leaked is no
# code
LONGEST_CODE = 20


def _hash(code: str, salt: str) -> str:
    """scrypt with what OWASP recommends (N=2^17, r=8, p=1); one salt for the ten codes of a person,
    which are random.
    """
    return hashlib.scrypt(
        code.encode(), salt=bytes.fromhex(salt), n=2**17, r=8, p=1, maxmem=2**28, dklen=32
    ).hex()


class View(ViewRecoveryCodesView):  # type: ignore[misc]
    """Shows the codes once, and from then on keeps what they are checked by and not what they are
    made of.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        if shown["can_view_codes"]:
            _keep_hashes(
                Authenticator.objects.get(
                    user=self.request.user, type=Authenticator.Type.RECOVERY_CODES
                ),
                shown["unused_codes"],
            )
        return shown


def _keep_hashes(row: Authenticator, codes: list[str]) -> None:
    salt = secrets.token_hex(16)
    # Half a second each on a slow machine, without the interpreter's lock: two at once.
    with ThreadPoolExecutor(2) as pool:
        hashes = list(pool.map(lambda code: _hash(code, salt), codes))
    row.data = {
        "salt": salt,
        "migrated_codes": [seal("second factor", h) for h in hashes],
        "used_mask": 0,
        "viewed_at": row.data["viewed_at"],
    }
    row.save(update_fields=["data"])


def _kept(user: Any, code: str) -> str:
    """The hash of a code where somebody has recovery codes that were shown; codes that nobody saw
    open nothing.
    """
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None:
        return code
    if "salt" not in row.data and "viewed_at" in row.data:
        # Shown by an earlier version, which kept what they are made of.
        _keep_hashes(row, row.wrap().get_unused_codes())
    if "salt" not in row.data:
        raise get_adapter().validation_error("incorrect_code")
    return _hash(code, row.data["salt"])


class _ByHash:
    """A form that takes recovery codes beside those of an app."""

    cleaned_data: dict[str, Any]
    user: Any

    def clean_code(self) -> str:
        typed = typed_code(self.cleaned_data["code"])
        if len(typed) > LONGEST_CODE:
            raise get_adapter().validation_error("incorrect_code")
        # Codes of an app have six digits, recovery codes eight.
        self.cleaned_data["code"] = typed if len(typed) <= 6 else _kept(self.user, typed)
        super().clean_code()  # type: ignore[misc]
        return str(typed)


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]
    """Takes the first code of an app however it is typed."""

    def clean_code(self) -> str:
        self.cleaned_data["code"] = typed_code(self.cleaned_data["code"])
        return str(super().clean_code())


class AuthenticateForm(_ByHash, forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(_ByHash, forms.ReauthenticateForm):  # type: ignore[misc]
    pass
