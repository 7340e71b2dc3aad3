"""Builds the sample district: the same units, people, plans and evidence every time for the same
last day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from django.db import transaction

from anyuan.judging.assessment import services as assessment
from anyuan.kernel.clock import LOCAL, local_day, now
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.obligations.plans.models import Review
from anyuan.obligations.plans.services import adoption, reading
from anyuan.obligations.plans.services import review as review_services
from anyuan.ops.demo import duty as demo_duty
from anyuan.ops.demo import hazards as demo_hazards
from anyuan.ops.demo import organisation as demo_organisation
from anyuan.org.people import queries as people_queries
from anyuan.org.people.models import Person
from anyuan.org.people.services import accounts, naming
from anyuan.org.units import services as units
from anyuan.org.units.models import Unit
from anyuan.record.evidence.services.files import Upload

from .evidence import _evidence

SAMPLES = Path(__file__).parent / "samples"
PASSWORD = "anyuan-demo-2026"
DAYS = 183
OPENED = date(2012, 9, 1)

SCHOOLS: list[tuple[str, str, str, str, dict[str, Any], float]] = [
    (
        "城关街道",
        "青禾区实验小学",
        "school",
        "primary",
        {"pupils": 1260, "classes": 28, "urban": True, "boarding": False},
        0.97,
    ),
    (
        "城关街道",
        "城关第一小学",
        "school",
        "primary",
        {"pupils": 980, "classes": 24, "urban": True, "boarding": False},
        0.93,
    ),
    (
        "城关街道",
        "青禾区第一中学",
        "school",
        "secondary",
        {"pupils": 1800, "classes": 36, "urban": True, "boarding": True},
        0.95,
    ),
    (
        "城关街道",
        "城关中心幼儿园",
        "kindergarten",
        "kindergarten",
        {"pupils": 320, "classes": 12, "urban": True, "boarding": False},
        0.9,
    ),
    (
        "城关街道",
        "青禾区特殊教育学校",
        "school",
        "special",
        {"pupils": 86, "classes": 9, "urban": True, "boarding": True},
        0.94,
    ),
    (
        "柳湾镇",
        "柳湾中心小学",
        "school",
        "primary",
        {"pupils": 640, "classes": 18, "urban": False, "boarding": False, "school_bus": True},
        0.88,
    ),
    (
        "柳湾镇",
        "柳湾中学",
        "school",
        "secondary",
        {"pupils": 720, "classes": 16, "urban": False, "boarding": True},
        0.85,
    ),
    (
        "柳湾镇",
        "柳湾幼儿园",
        "kindergarten",
        "kindergarten",
        {"pupils": 150, "classes": 6, "urban": False, "boarding": False},
        0.8,
    ),
    (
        "石桥镇",
        "石桥九年一贯制学校",
        "school",
        "primary_secondary",
        {"pupils": 860, "classes": 22, "urban": False, "boarding": True, "school_bus": True},
        0.82,
    ),
    (
        "石桥镇",
        "石桥第二小学",
        "school",
        "primary",
        {"pupils": 210, "classes": 6, "urban": False, "boarding": False},
        0.72,
    ),
    (
        "石桥镇",
        "青山教学点",
        "school",
        "primary",
        {"pupils": 38, "classes": 3, "urban": False, "boarding": False, "weak_base": True},
        0.6,
    ),
    (
        "石桥镇",
        "石桥幼儿园",
        "kindergarten",
        "kindergarten",
        {"pupils": 120, "classes": 5, "urban": False, "boarding": False, "private": True},
        0.78,
    ),
]
CAST = [
    ("wang", "王门卫", "青禾区实验小学", [("guard", "青禾区实验小学")]),
    ("li", "李老师", "青禾区实验小学", [("teacher", "青禾区实验小学")]),
    ("chen", "陈主任", "青禾区实验小学", [("safety_officer", "青禾区实验小学")]),
    ("zhao", "赵校长", "青禾区实验小学", [("principal", "青禾区实验小学")]),
    ("sun", "孙民警", "城关派出所", [("police", "城关街道"), ("police", "城关派出所")]),
    ("zhou", "周干事", "城关街道", [("town_officer", "城关街道")]),
    ("lin", "林科长", "区教育局", [("district_officer", "青禾区")]),
    ("he", "何局长", "区教育局", [("district_leader", "青禾区")]),
    ("op", "管理员", "区教育局", [("operator", "青禾区")]),
    ("wai", "外人", "柳湾镇", [("principal", "柳湾中学")]),
]


def sign_ins() -> str:
    lines = [f"  {u:<6} {name}（{unit}）" for u, name, unit, _ in CAST]
    return "示例账号，密码都是 " + PASSWORD + "\n" + "\n".join(lines)


def build(until: str | None) -> None:
    """Build the district unless it is there. `until`: the last day of evidence."""
    moment = now()
    last = date.fromisoformat(until) if until else local_day(moment) - timedelta(days=1)
    with acting(SYSTEM):
        if Unit.objects.exists():
            return
        click.echo("正在建立示例区（约半分钟）……")
        _build(last, moment)
    click.echo("示例区已建立。")


@transaction.atomic
def _build(last: date, moment: datetime) -> None:
    tree = _units(last)
    cast = _people(tree, last)
    starts, ends = campaign(last)
    adopted_at = datetime.combine(starts, time(9), LOCAL)
    _adopt("青禾区方案.txt", tree["青禾区"], cast["何局长"], starts, ends, adopted_at)
    _adopt(
        "实验小学方案.txt",
        tree["青禾区实验小学"],
        cast["赵校长"],
        starts + timedelta(days=7),
        ends,
        adopted_at + timedelta(days=7),
    )
    for unit in tree.values():
        if unit.is_campus:
            demo_duty.enter(
                unit,
                SYSTEM,
                last - timedelta(days=last.weekday() + 14),
                last - timedelta(days=last.weekday()) + timedelta(days=28),
                adopted_at,
            )
    diligence = {name: d for _, name, *_, d in SCHOOLS}
    first = max(starts, last - timedelta(days=DAYS))
    for name, unit in tree.items():
        _evidence(unit, diligence.get(name, 0.85), first, last, moment)
        if unit.is_campus:
            demo_duty.simulate_sign_ins(unit, diligence[name], moment)
            demo_hazards.simulate(unit, last, moment)
    assessment.rebuild(moment)


def campaign(last: date) -> tuple[date, date]:
    """The campaign that holds a day: March to the end of January."""
    year = last.year if last.month >= 3 else last.year - 1
    return date(year, 3, 1), date(year + 1, 2, 1)


def _units(last: date) -> dict[str, Unit]:
    root = units.create(parent=None, kind="district", name="青禾区", opened_on=OPENED)
    tree = {"青禾区": root}
    for name, kind in (
        ("区教育局", "education_bureau"),
        ("区公安局", "police_bureau"),
        ("区综治办", "office"),
        ("城关派出所", "police_station"),
        ("城关街道", "town"),
        ("柳湾镇", "town"),
        ("石桥镇", "town"),
    ):
        tree[name] = units.create(parent=root, kind=kind, name=name, opened_on=OPENED)
    for town, name, kind, stage, traits, _ in SCHOOLS:
        traits = {
            "shifts": 2,
            "buildings": 2,
            "private": False,
            "school_bus": False,
            "high_risk": False,
            "weak_base": False,
            **traits,
        }
        tree[name] = units.create(
            parent=tree[town], kind=kind, name=name, opened_on=OPENED, stage=stage, **traits
        )
    for year in range(last.year - 1, last.year + 2):
        units.set_term(
            unit=root, name=f"{year}年春季学期", starts=date(year, 2, 24), ends=date(year, 7, 4)
        )
        units.set_term(
            unit=root, name=f"{year}年秋季学期", starts=date(year, 9, 1), ends=date(year + 1, 1, 23)
        )
    return tree


def _people(tree: dict[str, Unit], last: date) -> dict[str, Viewer]:
    out = {}
    homes: dict[str, list[Person]] = {}
    cast = list(CAST)
    for i, (_, school, *_rest) in enumerate(SCHOOLS[1:], start=2):
        cast.append(
            (f"p{i:02d}", f"{'钱孙周吴郑冯陈褚卫蒋沈'[i - 2]}校长", school, [("principal", school)])
        )
    encoded: str | None = None
    for username, name, home, roles in cast:
        pinyin, initials = naming.found_by(name)
        person = Person(
            username=username,
            name=name,
            unit=tree[home],
            demo=True,
            pinyin=pinyin,
            initials=initials,
        )
        if encoded is None:
            person.set_password(PASSWORD)
            encoded = person.password
        person.password = encoded
        person.save()
        for role, unit in roles:
            accounts.grant(person=person, role=role, unit=tree[unit], since=OPENED)
        out[name] = people_queries.viewer(person, last)
        homes.setdefault(home, []).append(person)
    for where, place in tree.items():
        demo_organisation.enter(place, homes.get(where, []), OPENED)
    return out


def _adopt(sample: str, unit: Unit, leader: Viewer, starts: date, ends: date, at: datetime) -> None:
    for plan in reading.upload(
        unit=unit, files=[Upload(sample, (SAMPLES / sample).read_bytes())], by=leader, at=at
    ):
        # The campaign's own dates are no duty of a school: a reviewer drops that line.
        plan.obligations.filter(section="前言").update(
            review=Review.DROPPED, reviewed_by=leader.name, reviewed_at=at
        )
        review_services.accept_rest(plan_id=plan.pk, by=leader, at=at)
        adoption.adopt(
            plan_id=plan.pk, starts=starts, ends=ends, signature=leader.name, by=leader, at=at
        )
