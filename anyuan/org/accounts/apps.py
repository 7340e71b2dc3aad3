"""Accounts and signing in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Term


class Accounts(manifest.App):
    name = "anyuan.org.accounts"
    retention = (
        Term("sessions.Session", "services.forget_sessions"),
        Term("counts", "services.forget_counts"),
    )
    labels = {
        "factor": {
            "password": _("password"),
            "mfa": _("second factor"),
            "socialaccount": _("the office's own sign-in"),
            "totp": _("authenticator app"),
            "webauthn": _("passkey"),
            "recovery_codes": _("recovery codes"),
            "code": _("code for another browser"),
        },
    }
    deeds = {
        "account.factor": _("second factor changed"),
        "account.failed": _("sign-in failed"),
        "account.idle": _("signed out after a time without use"),
        "account.new_device": _("signed in in a browser for the first time"),
        "account.password": _("password changed"),
        "account.signed_in": _("signed in to the program"),
        "account.signed_out": _("signed out of the program"),
        "request.refused": _("access refused"),
    }
