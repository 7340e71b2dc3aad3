"""Owns where the installation's keys are, and how a new one takes the place of an old one.

`secret.key` holds one key a line, the current one first; the older ones behind it are only read
with.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

SECRET = "secret.key"
RETIRED = "secret.retired"  # ended keys: by them older links of the chain of rows are still checked


def folder(environ: Mapping[str, str], home: Path) -> Path:
    """Where keys are read from: ANYUAN_KEYS, else what systemd hands over (LoadCredential), else
    the state folder.
    """
    if named := environ.get("ANYUAN_KEYS"):
        return Path(named)
    handed = environ.get("CREDENTIALS_DIRECTORY")
    return Path(handed) if handed and (Path(handed) / SECRET).exists() else home


def secret_keys(environ: Mapping[str, str], home: Path) -> list[str]:
    """The current key and the older ones; made once where there is none.

    :raises FileNotFoundError: a folder named for keys has none.
    """
    if value := environ.get("ANYUAN_SECRET_KEY"):
        return value.split()
    path = folder(environ, home) / SECRET
    try:
        return path.read_text("ascii").split()
    except FileNotFoundError:
        if path.parent != home:
            raise
        home.mkdir(parents=True, exist_ok=True)
        _write(path, [new_key()])
        return path.read_text("ascii").split()


def retired_keys(environ: Mapping[str, str], home: Path) -> list[tuple[int, str]]:
    """Ended keys, each with the number of the last link that may bear its mark."""
    try:
        lines = (folder(environ, home) / RETIRED).read_text("ascii").splitlines()
    except FileNotFoundError:
        return []
    return [(int(n), key) for n, key in (line.split() for line in lines if line.strip())]


def new_key() -> str:
    return secrets.token_urlsafe(48)


def _write(path: Path, keys: list[str]) -> None:
    """Whole or not at all, readable by this program only."""
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    with beside.open("w", encoding="ascii") as file:
        file.write("\n".join(keys))
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def renew(*, end_old: bool) -> tuple[int, int]:
    """Make a new key the current one (or, `end_old`, forget the older ones) and seal by it what
    others had sealed.

    The program must not run meanwhile: it would not know the new key. :returns: how many secrets
    there are, how many keys are left.
    :raises click.ClickException: keys are not kept in the state folder.
    """
    from django.conf import settings

    home = Path(settings.HOME)
    if os.environ.get("ANYUAN_SECRET_KEY") or folder(os.environ, home) != home:
        raise click.ClickException(
            "密钥不在数据目录里：请在保管它的地方把新密钥写在第一行、旧密钥留在后面，再执行 anyuan"
            " reseal。"
        )
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if end_old:
        # Sealed by the current one first; only then can the others go.
        count = reseal()
        _retire(home, keys[1:])
        keys = keys[:1]
        _write(home / SECRET, keys)
    else:
        keys = [new_key(), *keys]
        _write(home / SECRET, keys)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = keys[0], keys[1:]
        count = reseal()
    return count, len(keys)


def _retire(home: Path, ended: list[str]) -> None:
    """Ended keys make no marks any more; a link of the current one closes what they marked."""
    from django.conf import settings

    from anyuan.kernel.clock import now
    from anyuan.record.proof import services as proof

    n = proof.close(now())
    lines = [f"{until} {key}" for until, key in settings.SECRET_KEYS_RETIRED]
    lines += [f"{n} {key}" for key in ended]
    _write(home / RETIRED, lines)
    settings.SECRET_KEYS_RETIRED = [(int(a), b) for a, b in (line.split() for line in lines)]


def reseal() -> int:
    """Seal by the current key whatever an older one sealed, all or nothing; returns how many
    secrets there are.
    """
    from anyuan.kernel import secret
    from anyuan.kernel.scoping import SYSTEM, acting

    with acting(SYSTEM):
        count = 0
        for row, field, purpose in _sealed():
            kept = getattr(row, field)
            setattr(
                row, field, secret.reseal(purpose, kept) if isinstance(kept, str) else _anew(kept)
            )
            row.save(update_fields=[field])
            count += 1
    return count


def _sealed() -> Iterator[tuple[Any, str, str]]:
    """Every row that holds something sealed: the row, its field, for what."""
    from allauth.mfa.models import Authenticator

    from anyuan.org.messages.models import Robot

    for robot in Robot.objects.order_by("pk"):
        yield robot, "sealed", "robot"
    for factor in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk"):
        yield factor, "data", "second factor"


def _anew(data: dict[str, Any]) -> dict[str, Any]:
    """A second factor's secrets, sealed anew; the rest as it is."""
    from anyuan.kernel import secret

    sealed: dict[str, Any] = {
        k: secret.reseal("second factor", data[k]) for k in ("secret", "seed") if k in data
    }
    if "migrated_codes" in data:
        sealed["migrated_codes"] = [
            secret.reseal("second factor", code) for code in data["migrated_codes"]
        ]
    return {**data, **sealed}


def tell_database() -> None:
    """Let the database know the keys by which the program says who is looking; as its owner."""
    from django.db import connection

    from anyuan.kernel import rls

    with connection.cursor() as cursor:
        rls.keep_keys(cursor)
