"""Roles as code: what each may do. Rows only say (person, role, unit); a role holds for the unit's subtree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PERMISSIONS = {
    "board.see": "see what is due and the verdicts",
    "fact.see": "see records and their proof",
    "fact.record": "record that something was done",
    "fact.correct": "correct a record",
    "plan.see": "see plans",
    "plan.review": "upload a plan and review what was read",
    "plan.adopt": "adopt a plan by signature",
    "report.see": "see and download summaries",
    "chain.see": "verify the evidence and export checkpoints",
    "command.send": "send commands from a phone",
}


class Role(StrEnum):
    GUARD = "guard"
    TEACHER = "teacher"
    SAFETY_OFFICER = "safety_officer"
    PRINCIPAL = "principal"
    POLICE = "police"
    TOWN_OFFICER = "town_officer"
    DISTRICT_OFFICER = "district_officer"
    DISTRICT_LEADER = "district_leader"
    OPERATOR = "operator"


@dataclass(frozen=True)
class RoleFacts:
    zh: str
    description: str
    permissions: frozenset[str]


_FIELD = {"board.see", "fact.see", "fact.record", "command.send", "plan.see"}
_OFFICE = _FIELD | {"fact.correct", "plan.review", "report.see"}
ROLES: dict[Role, RoleFacts] = {
    Role.GUARD: RoleFacts("门卫/保安员", "at the gate or on patrol: records what is done", frozenset(_FIELD)),
    Role.TEACHER: RoleFacts("教师", "on duty, teaching safety: records what is done", frozenset(_FIELD)),
    Role.SAFETY_OFFICER: RoleFacts("学校安全办", "reviews plans, chases what is due, reports", frozenset(_OFFICE)),
    Role.PRINCIPAL: RoleFacts(
        "校长", "first responsible person: adopts the school's own plans", frozenset(_OFFICE | {"plan.adopt", "chain.see"})
    ),
    Role.POLICE: RoleFacts("民警", "visits the schools of a station: records visits", frozenset(_FIELD | {"report.see"})),
    Role.TOWN_OFFICER: RoleFacts("镇街安全干部", "watches a town's schools", frozenset(_OFFICE)),
    Role.DISTRICT_OFFICER: RoleFacts(
        "区安全办", "reads and reviews the district's plans, watches all schools", frozenset(_OFFICE | {"chain.see"})
    ),
    Role.DISTRICT_LEADER: RoleFacts(
        "区分管领导", "adopts the district's plans", frozenset(_OFFICE | {"plan.adopt", "chain.see"})
    ),
    Role.OPERATOR: RoleFacts("系统管理员", "keeps the installation; sees no business", frozenset()),
}


def permissions(role: str) -> frozenset[str]:
    """Return what a role may do; an unknown role may nothing."""
    return ROLES[Role(role)].permissions if role in set(Role) else frozenset()
