"""Reads where the mail server is from one address."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
TIMEOUT = 20  # seconds


def mailers(address: str) -> dict[str, Any]:
    """Django's `MAILERS` for smtp://, smtp+tls:// (STARTTLS) or smtps://user:password@host:port;
    one that sends nothing for an empty address.

    :raises ValueError: it is no such address.
    """
    if not address:
        return {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    url = urlsplit(address)
    if url.scheme not in PORTS or not url.hostname:
        raise ValueError("ANYUAN_MAIL: smtp://, smtp+tls:// or smtps://user:password@host:port")
    options = {
        "host": url.hostname,
        "port": url.port or PORTS[url.scheme],
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "use_tls": url.scheme == "smtp+tls",
        "use_ssl": url.scheme == "smtps",
        "timeout": TIMEOUT,
    }
    return {
        "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
    }
