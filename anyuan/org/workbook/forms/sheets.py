"""What stands in which column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from anyuan.org.people.models import BodyKind, Rank
from anyuan.org.units.models import Kind, PlaceKind, Stage

_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, whole, date, yes, or one of `choices` (label → value)."""

    label: str
    key: str
    required: bool = False
    kind: str = "text"
    most: int = 60
    choices: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_DOTS = re.compile(r"(?<=\w)\s*[·•・‧･⋅∙●.．᛫]\s*(?=[^\W\d_])")


def tidy_name(text: str) -> str:
    """A name as it is kept: without what nobody sees, without spaces between Chinese characters,
    with one kind of dot between the parts of a name.
    """
    plain = re.sub(r"\s+", " ", _UNSEEN.sub("", text)).strip()
    plain = re.sub(r"(?<=[一-鿿]) (?=[一-鿿])", "", plain)
    return _DOTS.sub("·", plain) if re.search(r"[一-鿿]", plain) else plain


def _labels(choices: type[Any]) -> dict[str, str]:
    return {label: value for value, label in choices.choices}


UNIT, NAME, NUMBER = (
    Column("单位", "unit", True),
    Column("姓名", "name", True, most=40),
    Column("工号", "number", most=20, hint="同一单位有重名时填写"),
)


SINCE = Column("起始日期", "since", kind="date", hint="不填为今天")


SHEETS: dict[str, tuple[Column, ...]] = {
    "单位": (
        Column("名称", "name", True),
        Column("上级", "parent", hint="不填为导出时所选的单位"),
        Column("类别", "kind", True, "choice", choices=_labels(Kind)),
        Column("学段", "stage", kind="choice", choices=_labels(Stage)),
        Column("城乡", "urban", kind="choice", choices={"城市": True, "农村": False}),
        Column("寄宿", "boarding", kind="yes"),
        Column("民办", "private", kind="yes"),
        Column("校车", "school_bus", kind="yes"),
        Column("重点地区", "high_risk", kind="yes"),
        Column("基础薄弱", "weak_base", kind="yes"),
        Column("学生数", "pupils", kind="whole", most=100_000),
        Column("班级数", "classes", kind="whole", most=1000),
        Column("楼栋数", "buildings", kind="whole", most=500),
        Column("每日班次", "shifts", kind="whole", most=24),
        Column("成立日期", "opened_on", kind="date"),
    ),
    "地点": (
        UNIT,
        Column("名称", "name", True, most=40),
        Column("类别", "kind", True, "choice", choices=_labels(PlaceKind)),
        Column("楼栋", "building", most=30),
        Column("楼层", "floor", kind="whole", most=120),
        Column("重点部位", "key_area", kind="yes"),
    ),
    "人员": (
        UNIT,
        NAME,
        NUMBER,
        Column("电话", "phone", most=20),
        Column("账号", "username", most=40, hint="不登录的人不填"),
        Column("系统角色", "roles", most=120, hint="多个用、隔开"),
    ),
    "岗位": (
        UNIT,
        NAME,
        NUMBER,
        Column("岗位", "title", True, most=40, hint="如 校长、安全办主任、保安员、班主任"),
        SINCE,
    ),
    "机构": (
        UNIT,
        Column("机构", "name", True, most=40),
        Column("类别", "kind", True, "choice", choices=_labels(BodyKind)),
        Column("职责", "purpose", most=200),
    ),
    "成员": (
        UNIT,
        Column("机构", "body", True, most=40),
        NAME,
        NUMBER,
        Column("职务", "rank", True, "choice", choices=_labels(Rank)),
        Column("分工", "duty", most=80),
        SINCE,
    ),
    "包保": (
        UNIT,
        NAME,
        NUMBER,
        Column("包保范围", "area", True, most=80),
        Column("地点", "place", most=40),
        Column("包保学校", "school"),
        SINCE,
    ),
}


def read_whole(value: Any, column: Column) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(_("Please enter a whole number.")) from None
    if (
        not (-9 <= number <= column.most)
        or number != int(number)
        or (number < 0 and column.key != "floor")
    ):
        raise ValueError(
            _("Please enter a number from %(min)g to %(max)g.") % {"min": 0, "max": column.most}
        )
    return int(number)


def read_date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DATE.match(str(value))
    try:
        if not found:
            raise ValueError
        return date(*(int(g) for g in found.groups()))
    except ValueError:
        raise ValueError(_("This is not a date. Please write it like 2026-09-01.")) from None
