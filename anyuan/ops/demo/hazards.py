"""Hazards of the sample district: most are closed, a few are being fixed, one is over its day."""

from __future__ import annotations

import io
import random
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from PIL import Image, ImageDraw

from anyuan.field.hazards.forms import AssignForm, FixForm
from anyuan.field.hazards.models import Grade, Hazard
from anyuan.field.hazards.services import finding, rectifying
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.scoping import Viewer
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person, RoleGrant
from anyuan.org.people.rules import Role
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import How
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload


@dataclass(frozen=True)
class Case:
    """What was found where, how it is fixed, how many days it may take."""

    place: str
    subject: str
    measure: str
    days: int
    grade: str = Grade.GENERAL
    criterion: str = ""


CASES = (
    Case("教学楼二层楼梯", "扶手连接处松动", "更换螺栓并加固", 3),
    Case("食堂后厨", "灭火器压力不足", "更换两具灭火器", 2),
    Case("学生宿舍", "应急照明灯不亮", "更换灯具", 2),
    Case("操场", "篮球架底座锈蚀", "除锈加固，修好前停用", 7),
    Case("实验室", "药品柜未上锁", "换锁并双人保管", 1),
    Case("北侧围墙", "墙头砖块松动", "拆除松动部分重砌", 10),
    Case("教学楼安全出口", "疏散门被杂物挡住", "清走杂物，划出禁放线", 1, Grade.MAJOR, "bars"),
    Case("门卫室", "充电线路私拉乱接", "拆除并加装插座", 3),
)
# Days since each was found; those found long ago are closed.
AGES = (96, 71, 54, 33, 19, 9, 4, 1)


def simulate(unit: Unit, last: date, moment: datetime) -> None:
    """Let some hazards be found, fixed and verified in the months before a day."""
    leader, fixers = _people(unit)
    if leader is None or not fixers:
        return
    rng = random.Random(zlib.crc32(unit.name.encode()))
    cases = rng.sample(CASES, 5)
    for case, age in zip(cases, sorted(rng.sample(AGES, 5), reverse=True), strict=True):
        found_at = datetime.combine(last - timedelta(days=age), time(10, rng.randrange(60)), LOCAL)
        forgotten = rng.random() < 0.15
        _one(unit, case, found_at, rng.choice(fixers), leader, moment, forgotten)


def _people(unit: Unit) -> tuple[Viewer | None, list[Person]]:
    """Who decides at a school, and who fixes things there."""
    grants = RoleGrant.objects.filter(unit=unit, role=Role.PRINCIPAL).select_related("person")
    grant = grants.order_by("pk").first()
    others = [p for p in people.choices(unit) if grant is None or p.pk != grant.person_id]
    leader = people.viewer(grant.person, grant.since) if grant else None
    return leader, others[:6]


def _one(
    unit: Unit,
    case: Case,
    found_at: datetime,
    owner: Person,
    leader: Viewer,
    moment: datetime,
    forgotten: bool,
) -> None:
    picture = Upload("发现时.jpg", _picture(_shade(unit, found_at), broken=True))
    fact = recording.record(
        unit=unit,
        fact=recording.NewFact(
            activity=finding.FOUND,
            occurred_at=found_at,
            how=How.PHOTOGRAPHED,
            payload={"place": case.place, "subject": case.subject},
        ),
        by=Viewer(None, f"{unit.name}值班员", system=True),
        at=found_at,
        uploads=[picture],
    )
    hazard = finding.of_record(fact.pk)
    assigned_at = found_at + timedelta(hours=5)
    if assigned_at > moment or moment - found_at < timedelta(days=2):
        return
    _assign(hazard, case, owner, leader, assigned_at)
    fixed_at = found_at + timedelta(days=case.days - 1, hours=26)
    if fixed_at > moment or (forgotten and moment - found_at < timedelta(days=12)):
        return
    done = Viewer(owner.pk, owner.name, system=True)
    photo = Upload("整改后.jpg", _picture(_shade(unit, fixed_at), broken=False))
    given = FixForm(result="已按要求整改到位", cost=None, contractor="")
    rectifying.fix(hazard_id=hazard.pk, given=given, by=done, at=fixed_at, uploads=[photo])
    rectifying.close(
        hazard_id=hazard.pk,
        words="现场查看，隐患已消除",
        by=_verifier(case, leader),
        at=min(moment, fixed_at + timedelta(hours=20)),
    )


def _assign(
    hazard: Hazard, case: Case, owner: Person, leader: Viewer, assigned_at: datetime
) -> None:
    given = AssignForm(
        grade=case.grade,
        criterion=case.criterion,
        why="",
        owner=owner,
        measure=case.measure,
        deadline=assigned_at.astimezone(LOCAL).date() + timedelta(days=case.days),
    )
    rectifying.assign(hazard_id=hazard.pk, given=given, by=leader, at=assigned_at)


def _verifier(case: Case, leader: Viewer) -> Viewer:
    """A major one is verified from above."""
    if case.grade != Grade.MAJOR:
        return leader
    grant = RoleGrant.objects.filter(role=Role.DISTRICT_LEADER).select_related("person")
    found = grant.order_by("pk").first()
    assert found is not None  # the sample has one
    return people.viewer(found.person, found.since)


def _shade(unit: Unit, at: datetime) -> int:
    return zlib.crc32(f"{unit.pk} {at}".encode()) % 256


def _picture(shade: int, *, broken: bool) -> bytes:
    """A wall, with a crack or without: nobody's photo, each of its own shade (0 to 255)."""
    picture = Image.new("RGB", (640, 480), (196, 190, 178))
    draw = ImageDraw.Draw(picture)
    for y in range(0, 480, 60):
        for x in range(-60, 640, 120):
            left = x + (60 if y // 60 % 2 else 0)
            draw.rectangle(
                (left + 3, y + 3, left + 117, y + 57), fill=(140 + shade % 60, 110, 60 + shade // 4)
            )
    if broken:
        points = [(320, 0), (300, 110), (345, 210), (310, 330), (350, 480)]
        draw.line(points, fill=(40, 34, 30), width=9)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return out.getvalue()
