"""Roles as code: what each may do.

Rows only say (person, role, unit); a role holds for the unit's subtree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PERMISSIONS = {
    "board.see": "see what is due and the verdicts",
    "fact.see": "see records and their proof",
    "fact.record": "record that something was done",
    "fact.correct": "correct a record",
    "personal.erase": "erase the words of a record that may name people",
    "plan.see": "see plans",
    "plan.review": "upload a plan and review what was read",
    "plan.adopt": "adopt a plan by signature",
    "report.see": "see and download summaries",
    "chain.see": "verify the evidence and export checkpoints",
    "command.send": "send commands from a phone",
    "org.see": "see units, places, people and bodies, and whom to call",
    "org.edit": "enter and change units, places, people, posts, bodies and charges",
    "take.part": "sign in at meetings, confirm having read a rule, sign one's own letter",
    "meeting.call": "call meetings, keep their minutes and decisions",
    "rule.write": "write the unit's rules and their new versions",
    "letter.issue": "issue letters of responsibility",
    "exemption.ask": "ask that a unit not be held to a duty for a time",
    "exemption.decide": "grant or refuse an exemption from the own plans",
    "roster.see": "see who is on duty where and when, and the rounds that were walked",
    "roster.make": (
        "say what is manned and walked, make and change rosters, decide on leave and swaps"
    ),
    "round.accept": "accept a round that is in doubt, with a reason",
    "hazard.assign": "grade hazards, say who fixes them and until when, merge them",
    "hazard.verify": "verify what others fixed, open it again, grant more time to those below",
    "supervision.do": "draw and make visits to schools below, issue rectification notices",
    "audit.see": "see who did and who read what",
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


_FIELD = {
    "board.see",
    "fact.see",
    "fact.record",
    "command.send",
    "plan.see",
    "org.see",
    "take.part",
    "roster.see",
}
_OFFICE = _FIELD | {
    "fact.correct",
    "plan.review",
    "report.see",
    "org.edit",
    "exemption.ask",
    "meeting.call",
    "rule.write",
    "roster.make",
    "hazard.assign",
    "hazard.verify",
}
_LEADER = {
    "plan.adopt",
    "chain.see",
    "audit.see",
    "exemption.decide",
    "letter.issue",
    "personal.erase",
    "round.accept",
}
ROLES: dict[Role, RoleFacts] = {
    Role.GUARD: RoleFacts(
        "门卫/保安员", "at the gate or on patrol: records what is done", frozenset(_FIELD)
    ),
    Role.TEACHER: RoleFacts(
        "教师", "on duty, teaching safety: records what is done", frozenset(_FIELD)
    ),
    Role.SAFETY_OFFICER: RoleFacts(
        "学校安全办", "reviews plans, chases what is due, reports", frozenset(_OFFICE)
    ),
    Role.PRINCIPAL: RoleFacts(
        "校长",
        "first responsible person: adopts the school's own plans",
        frozenset(_OFFICE | _LEADER),
    ),
    Role.POLICE: RoleFacts(
        "民警",
        "visits the schools of a station: records visits",
        frozenset(_FIELD | {"report.see", "supervision.do"}),
    ),
    Role.TOWN_OFFICER: RoleFacts(
        "镇街安全干部", "watches a town's schools", frozenset(_OFFICE | {"supervision.do"})
    ),
    Role.DISTRICT_OFFICER: RoleFacts(
        "区安全办",
        "reads and reviews the district's plans, watches all schools",
        frozenset(_OFFICE | {"chain.see", "exemption.decide", "supervision.do"}),
    ),
    Role.DISTRICT_LEADER: RoleFacts(
        "区分管领导",
        "adopts the district's plans",
        frozenset(_OFFICE | _LEADER | {"supervision.do"}),
    ),
    Role.OPERATOR: RoleFacts(
        "系统管理员",
        "keeps the installation; sees no business but through broken glass",
        frozenset(),
    ),
}


def held_by(permission: str) -> str:
    """The names of the roles that hold a permission."""
    return "、".join(facts.zh for facts in ROLES.values() if permission in facts.permissions)


GLASS_MINUTES = 60  # how long an administrator may look once the glass is broken; our own bound
# What is seen through broken glass: everything that only reads, nothing that writes.
GLASS = frozenset(
    {
        "board.see",
        "fact.see",
        "plan.see",
        "report.see",
        "chain.see",
        "org.see",
        "audit.see",
        "roster.see",
    }
)
INVITATION_DAYS = 7
SLIP_LETTERS = 12  # of a one-time code: as long as the shortest password
# how long the code for another browser lives; our own bound, the longest that OWASP ASVS 5.0
# (6.5.5) allows
DEVICE_CODE_MINUTES = 10
DEVICE_DAYS = 180  # a browser not used for so long is known no more; our own bound


def device_digest(mark: str) -> str:
    """What is kept of a browser's mark.

    The mark has 128 bits from a random source, so one round of hashing is enough.
    """
    return hashlib.sha256(mark.encode()).hexdigest()


# Who may give which roles: nobody gives one that could do more than themselves, but for the leaders
# an office enters.
GIVES: dict[Role, frozenset[Role]] = {
    Role.SAFETY_OFFICER: frozenset({Role.GUARD, Role.TEACHER}),
    Role.PRINCIPAL: frozenset({Role.GUARD, Role.TEACHER, Role.SAFETY_OFFICER}),
    Role.TOWN_OFFICER: frozenset({Role.GUARD, Role.TEACHER, Role.SAFETY_OFFICER}),
    Role.DISTRICT_OFFICER: frozenset(
        {
            Role.GUARD,
            Role.TEACHER,
            Role.SAFETY_OFFICER,
            Role.PRINCIPAL,
            Role.POLICE,
            Role.TOWN_OFFICER,
        }
    ),
    Role.DISTRICT_LEADER: frozenset(set(Role) - {Role.OPERATOR}),
}


CAMPUS_KINDS = frozenset({"school", "kindergarten"})
OFFICE_KINDS = frozenset({"city", "district", "education_bureau", "police_bureau", "office"})
# Where a role may be held: it reaches the whole subtree of its unit, so a principal's belongs to a
# school alone.
HELD_AT: dict[Role, frozenset[str]] = {
    Role.GUARD: CAMPUS_KINDS,
    Role.TEACHER: CAMPUS_KINDS,
    Role.SAFETY_OFFICER: CAMPUS_KINDS,
    Role.PRINCIPAL: CAMPUS_KINDS,
    Role.POLICE: frozenset({"police_station", "town", "police_bureau"}),
    Role.TOWN_OFFICER: frozenset({"town"}),
    Role.DISTRICT_OFFICER: OFFICE_KINDS,
    Role.DISTRICT_LEADER: OFFICE_KINDS,
}


def fits(role: str, kind: str) -> bool:
    """Whether a role may be held at a unit of this kind."""
    return role in set(Role) and kind in HELD_AT.get(Role(role), frozenset())


def gives(roles: Iterable[str]) -> frozenset[Role]:
    """The roles that somebody who holds these may give to others."""
    return frozenset().union(*(GIVES.get(Role(r), frozenset()) for r in roles if r in set(Role)))


@dataclass(frozen=True)
class Held:
    """A role held at the unit with a path."""

    role: str
    path: str


def lacks_over(mine: Sequence[Held], theirs: Sequence[Held], *, beside: bool) -> str:
    """The first of their roles that is not mine to give where they hold it, or that I hold there
    myself; empty: I am over them. `beside`: holding the same is enough.
    """
    for held in theirs:
        there = {m.role for m in mine if held.path.startswith(m.path)}
        if held.role not in gives(there) or (held.role in there and not beside):
            return held.role
    return ""


YEARS_KEPT = timedelta(days=3 * 365)  # as long as the audit log keeps its events


def role_named(text: str) -> Role | None:
    """Read a role by its code or Chinese name, or by either part of a name such as 门卫/保安员."""
    return next((r for r in Role if text in {r.value, ROLES[r].zh, *ROLES[r].zh.split("/")}), None)


def permissions(role: str) -> frozenset[str]:
    """Return what a role may do; an unknown role may nothing."""
    return ROLES[Role(role)].permissions if role in set(Role) else frozenset()
