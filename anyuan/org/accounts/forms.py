"""Signing in with a name however it was typed."""

from __future__ import annotations

from allauth.account.forms import LoginForm

from anyuan.kernel.text import typed_name


class SignInForm(LoginForm):  # type: ignore[misc]
    def clean_login(self) -> str:
        self.cleaned_data["login"] = typed_name(self.cleaned_data["login"])
        return str(super().clean_login())
