"""Owns what `anyuan init` wrote: read into the environment before the settings are."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from anyuan.ops import keys


def read_settings() -> None:
    """What `anyuan init` wrote into the state folder, or lies beside the keys, which wins over it;
    the environment itself wins over both.
    """
    lines = []
    for folder in dict.fromkeys([keys.folder(os.environ, home()), home()]):
        with contextlib.suppress(OSError):
            lines += (folder / "settings.env").read_text("utf-8").splitlines()
    for line in lines:
        name, found, value = line.partition("=")
        if found and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


def home() -> Path:
    """The state folder, whether it is there or not."""
    return Path(os.environ.get("ANYUAN_HOME", Path(__file__).resolve().parents[2] / "var"))


def is_installed() -> bool:
    """Whether there is an installation: a database of its own, or a server that is named."""
    return bool(os.environ.get("DATABASE_URL")) or (home() / "pg").is_dir()


def language() -> str:
    """What the commands speak: English where the terminal's locale says so, else Chinese."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if named.startswith("en") else "zh-hans"
