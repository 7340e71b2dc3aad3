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
    home = Path(os.environ.get("ANYUAN_HOME", Path(__file__).resolve().parents[2] / "var"))
    lines = []
    for folder in dict.fromkeys([keys.folder(os.environ, home), home]):
        with contextlib.suppress(OSError):
            lines += (folder / "settings.env").read_text("utf-8").splitlines()
    for line in lines:
        name, found, value = line.partition("=")
        if found and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())
