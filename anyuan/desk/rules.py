"""Which duties are a person's own: the holders that a role answers for. Pure values."""

from __future__ import annotations

HOLDERS: dict[str, frozenset[str]] = {
    "guard": frozenset({"保安", "门卫", "巡逻队", "护校队", "护学岗", "交通疏导队", "值班人员"}),
    "teacher": frozenset({"教师", "班主任", "值周教师", "值班人员", "宿管", "照管员", "护学岗", "心理教师", "德育处"}),
    "police": frozenset({"民警", "公安派出所"}),
    "town_officer": frozenset({"镇街", "各单位"}),
}


def is_mine(holder: str, roles: set[str], *, named: bool) -> bool:
    """Whether a duty is work for any of these roles: field roles by the plan's words, offices and heads until somebody is named."""
    if not roles <= set(HOLDERS):
        return not named
    names = set(holder.split("/"))
    return any(names & HOLDERS[role] for role in roles)
