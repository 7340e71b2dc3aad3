"""Who is likely to answer for a duty, and the moves of an exemption. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from anyuan.org.people.rules import Role

TRANSITIONS = {
    ("asked", "granted"): "exemption.decide",
    ("asked", "refused"): "exemption.decide",
    ("asked", "withdrawn"): "exemption.ask",
    ("granted", "ended"): "exemption.decide",
}
LONGEST_EXEMPTION = 366  # days; our own bound: an exemption is renewed at least once a year
MUCH = 12  # our own mark: a person who answers for more duties than this is shown

# The holders a plan names → words of the posts that usually hold them, the likeliest first.
POSTS: Mapping[str, tuple[str, ...]] = {
    "校长": ("校长", "园长"),
    "值班领导": ("副校长", "副园长", "校长", "园长"),
    "领导小组": ("校长", "园长"),
    "学校": ("安全办", "副校长", "校长", "园长"),
    "幼儿园": ("园长", "安全"),
    "安全办": ("安全办", "安全主任", "安全"),
    "后勤处": ("总务", "后勤"),
    "德育处": ("德育", "政教"),
    "巡逻队": ("保安队长", "巡逻", "安全办"),
    "护校队": ("保安队长", "安全办"),
    "护学岗": ("保安队长", "安全办"),
    "交通疏导队": ("安全办",),
    "保安": ("保安队长", "保安"),
    "门卫": ("保安队长", "保安", "门卫"),
    "宿管": ("宿管", "生活"),
    "食堂": ("食堂", "总务", "后勤"),
    "班主任": ("年级组长", "德育"),
    "教师": ("年级组长", "教务"),
    "值班人员": ("安全办",),
    "值周教师": ("值周", "德育"),
    "校车驾驶员": ("校车", "总务"),
    "照管员": ("校车", "总务"),
    "校医": ("校医", "保健"),
}


def likely[P](holder: str, posts: Sequence[tuple[str, P]]) -> P | None:
    """Return who of the posts' holders most likely answers for a duty of this holder; None if no
    post speaks of it.
    """
    for name in holder.split("/"):
        for word in POSTS.get(name, (name,)):
            for title, person in posts:
                if word in title and not (word in {"校长", "园长"} and "副" in title):
                    return person
    return None


def covers(starts: date, ends: date, first: date, until: date) -> bool:
    """Whether an exemption [starts, ends) covers a window [first, until); a moment has first =
    until.
    """
    return starts <= first and until <= ends and first < ends


# The holders whose duties are work for a role of the field, by the plan's words.
HOLDERS: dict[str, frozenset[str]] = {
    "guard": frozenset({"保安", "门卫", "巡逻队", "护校队", "护学岗", "交通疏导队", "值班人员"}),
    "teacher": frozenset(
        {"教师", "班主任", "值周教师", "值班人员", "宿管", "照管员", "护学岗", "心理教师", "德育处"}
    ),
    "police": frozenset({"民警", "公安派出所"}),
    "town_officer": frozenset({"镇街", "各单位"}),
}


OFFICES = frozenset(str(role) for role in Role) - frozenset(HOLDERS)


def roles_for(holder: str, *, named: bool) -> frozenset[str]:
    """The roles for which a duty is work: field roles by the plan's words, offices and heads until
    somebody is named.
    """
    names = set(holder.split("/"))
    field = {role for role, words in HOLDERS.items() if names & words}
    return frozenset(field if named else field | OFFICES)
