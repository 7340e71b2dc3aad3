"""Writes the list of storeys and rooms into the developers' guide, from their contracts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs/guide/developers.md"
BLOCK = re.compile(r"(?<=<!-- storeys -->\n```\n).*?(?=```\n<!-- end of storeys -->)", re.S)


def storeys() -> str:
    """One line a storey: its folder, what it is for, its rooms from the top down."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    layers = {c["containers"][0]: c["layers"] for c in contracts}
    lines = []
    for storey in layers["anyuan"]:
        reason = re.search(rf'^  "{storey}", +# (.+)$', text, re.M)
        assert reason, f"the contract of storeys says nothing about {storey}"
        rooms = " > ".join(layers.get(f"anyuan.{storey}", ()))
        lines.append(f"{storey + '/':13} {reason[1]}{': ' + rooms if rooms else ''}\n")
    return "".join(lines)


def written(guide: str) -> str:
    """The guide with its list as the contracts have it. :raises AssertionError: it has no list."""
    found, times = BLOCK.subn(lambda _old: storeys(), guide)
    assert times == 1, "the guide has no list of storeys"
    return found


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text("utf-8")), "utf-8")
