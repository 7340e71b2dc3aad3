"""How people are found, and how what was done to them is said."""

from __future__ import annotations

from datetime import datetime

from anyuan.kernel import finding
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit

from ..models import (
    Person,
)

# Family names that sound otherwise than the character does in a word.
FAMILY_NAMES = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "任": "ren",
    "朴": "piao",
    "盖": "ge",
    "乐": "yue",
    "翟": "zhai",
    "覃": "qin",
    "缪": "miao",
    "种": "chong",
    "召": "shao",
    "折": "she",
    "黑": "he",
    "员": "yun",
    "宓": "fu",
    "葛": "ge",
    "尉": "wei",
    "繁": "po",
    "洗": "xian",
    "冼": "xian",
    "重": "chong",
}


def found_by(name: str) -> tuple[str, str]:
    """Return the pinyin of a name, run together, and its initials."""
    syllables = finding.syllables(name)
    if name[:1] in FAMILY_NAMES:
        syllables[0] = FAMILY_NAMES[name[0]]
    return "".join(syllables)[:160], "".join(s[0] for s in syllables)[:40]


def record_account_event(
    verb: str, person: Person, by: Viewer, at: datetime, **data: object
) -> None:
    audit.record(
        verb, by=by, at=at, unit_id=person.unit_id, subject=person.name, person=person.pk, **data
    )
