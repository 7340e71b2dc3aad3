"""What the documents say of the house is so."""

from __future__ import annotations

import re
from pathlib import Path

from tools import storeys

ROOT = Path(__file__).parents[2]


def test_the_guide_lists_the_storeys_as_the_contracts_have_them():
    guide = storeys.GUIDE.read_text("utf-8")
    assert storeys.written(guide) == guide


def test_decisions_have_their_number_a_date_and_a_status():
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        title, _, status = path.read_text("utf-8").split("\n")[:3]
        assert title.startswith(f"# {int(path.name[:4])}. "), path
        dated = re.fullmatch(r"\d{4}-\d{2}-\d{2} · (in force|overtaken by \d+)\b.*", status)
        assert dated, (path, status)


def test_one_word_for_one_thing():
    """A word has one line in the glossary, and a Chinese word stands for one thing."""
    text = (ROOT / "docs/glossary.md").read_text("utf-8")
    rows = [r.strip("| ").split(" | ") for r in text.splitlines() if r.startswith("| ")][1:]
    assert len(rows) > 50
    for words in (
        [word for row in rows for word in row[0].split(", ")],
        [word for row in rows for word in re.split("[、/]", row[1])],
    ):
        twice = {w for w in words if words.count(w) > 1}
        assert not twice, twice
