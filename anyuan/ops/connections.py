"""Owns where the program may connect to: nothing but what the operator names, and to other machines
only under TLS.

(Group robots are the one address that people enter: three fixed hosts, `reach/rules.py`.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

HERE = {"", "localhost", "127.0.0.1", "::1"}
# Apprise's names for gateways that are spoken to in clear.
CLEAR_GATEWAYS = {"json", "xml", "form", "mailto", "http", "syslog", "rsyslog"}
CHECKED = {"verify-full", "verify-ca"}


def problems(environ: Mapping[str, str]) -> list[str]:
    """What would be sent in clear to another machine, each with what to do.

    ANYUAN_IN_CLEAR names what the operator guards otherwise.
    """
    allowed = set(environ.get("ANYUAN_IN_CLEAR", "").replace(" ", "").split(","))
    return [f"{name}：{remedy}" for what, name, remedy in _found(environ) if what not in allowed]


def allowed(environ: Mapping[str, str]) -> list[str]:
    """The settings that do, and that the operator allowed to."""
    said = problems(environ)
    return [name for _what, name, remedy in _found(environ) if f"{name}：{remedy}" not in said]


# What is asked of each way out: its code, the setting that opens it, what to do about it.
Finding = tuple[str, str, str]


def _found(environ: Mapping[str, str]) -> Iterator[Finding]:
    for look in (_database, _mail, _gateway, _office, _scanner):
        finding = look(environ)
        if finding is not None:
            yield finding


def _database(environ: Mapping[str, str]) -> Finding | None:
    url = urlsplit(environ.get("DATABASE_URL", ""))
    asked = parse_qs(url.query)
    host = asked.get("host", [url.hostname or ""])[0]
    if _is_here(host) or asked.get("sslmode", ["verify-full"])[0] in CHECKED:
        return None
    remedy = "数据库在另一台机器上，请用 sslmode=verify-full（不写时即如此）"
    return "database", "DATABASE_URL", remedy


def _mail(environ: Mapping[str, str]) -> Finding | None:
    mail = urlsplit(environ.get("ANYUAN_MAIL", ""))
    if mail.scheme != "smtp" or _is_here(mail.hostname or ""):
        return None
    return "mail", "ANYUAN_MAIL", "邮件服务器请用 smtps:// 或 smtp+tls://"


def _gateway(environ: Mapping[str, str]) -> Finding | None:
    gateway = urlsplit(environ.get("ANYUAN_TEXT_GATEWAY", "").replace("{phone}", ""))
    if gateway.scheme not in CLEAR_GATEWAYS or _is_here(gateway.hostname or ""):
        return None
    return "text", "ANYUAN_TEXT_GATEWAY", "短信网关请用加密的地址，如 jsons://"


def _office(environ: Mapping[str, str]) -> Finding | None:
    office = urlsplit(environ.get("ANYUAN_OIDC_URL", ""))
    if office.scheme != "http" or _is_here(office.hostname or ""):
        return None
    return "office", "ANYUAN_OIDC_URL", "统一身份认证请用 https://"


def _scanner(environ: Mapping[str, str]) -> Finding | None:
    scanner = environ.get("ANYUAN_CLAMD", "")
    if not scanner or scanner.startswith("/") or _is_here(scanner.rpartition(":")[0]):
        return None
    return "scanner", "ANYUAN_CLAMD", "clamd 不加密：请用本机的套接字，或经本机的加密隧道"


def _is_here(host: str) -> bool:
    return host in HERE or host.startswith("/")


def with_tls(options: dict[str, str], host: str) -> dict[str, str]:
    """A database's options, by which one on another machine is spoken to under TLS with its
    certificate checked unless said otherwise.
    """
    if _is_here(host) or "sslmode" in options:
        return options
    return {"sslmode": "verify-full", "sslrootcert": "system", **options}
