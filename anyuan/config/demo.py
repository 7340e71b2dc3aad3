"""Builds the sample district: the same units, people, plans and evidence every time for the same last day."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from django.db import transaction

from anyuan.activities import rules as activities
from anyuan.assessment import services as assessment
from anyuan.config import demo_duty, demo_organisation
from anyuan.evidence import services as evidence
from anyuan.evidence.models import How
from anyuan.kernel.clock import LOCAL, local_day, now
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.people import queries as people_queries
from anyuan.people import services as people
from anyuan.people.models import Person
from anyuan.plans import services as plans
from anyuan.plans.models import Binding, Review
from anyuan.units import queries as units_queries
from anyuan.units import services as units
from anyuan.units.models import Unit

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
            demo_duty.come(unit, diligence[name], moment)
    assessment.rebuild(moment)


def campaign(last: date) -> tuple[date, date]:
    """The campaign that holds a day: March to the end of January."""
    year = last.year if last.month >= 3 else last.year - 1
    return date(year, 3, 1), date(year + 1, 2, 1)


def _units(last: date) -> dict[str, Unit]:
    root = units.create(parent=None, kind="district", name="青禾区", opened_on=OPENED)
    tree = {"青禾区": root}
    for name, kind in (("区教育局", "education_bureau"), ("区公安局", "police_bureau"), ("区综治办", "office"), ("城关派出所", "police_station"),
                       ("城关街道", "town"), ("柳湾镇", "town"), ("石桥镇", "town")):  # fmt: skip
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
        pinyin, initials = people.found_by(name)
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
            people.grant(person=person, role=role, unit=tree[unit], since=OPENED)
        out[name] = people_queries.viewer(person, last)
        homes.setdefault(home, []).append(person)
    for where, place in tree.items():
        demo_organisation.enter(place, homes.get(where, []), OPENED)
    return out


def _adopt(sample: str, unit: Unit, leader: Viewer, starts: date, ends: date, at: datetime) -> None:
    for plan in plans.upload(
        unit=unit, name=sample, data=(SAMPLES / sample).read_bytes(), by=leader, at=at
    ):
        # The campaign's own dates are no duty of a school: a reviewer drops that line.
        plan.obligations.filter(section="前言").update(
            review=Review.DROPPED, reviewed_by=leader.name, reviewed_at=at
        )
        plans.accept_rest(plan_id=plan.pk, by=leader, at=at)
        plans.adopt(
            plan_id=plan.pk, starts=starts, ends=ends, signature=leader.name, by=leader, at=at
        )


# -- evidence -----------------------------------------------------------------
def _evidence(unit: Unit, diligence: float, first: date, last: date, moment: datetime) -> None:
    """Half a year of plausible, imperfect records for what one unit owes."""
    bindings = list(
        Binding.objects.filter(unit=unit, yields_to=None)
        .select_related("obligation")
        .order_by("obligation_id")
    )
    if not bindings:
        return
    rng = random.Random(zlib.crc32(unit.name.encode()))
    calendar = units_queries.calendar_unit(unit)
    from anyuan.units import rules as calendar_rules

    days = calendar_rules.school_days(
        first, last + timedelta(days=1), units_queries.terms(calendar), {}
    )
    facts: list[tuple[datetime, evidence.NewFact]] = []
    for binding in bindings:
        for occurred, fact in _for_binding(binding, unit, days, diligence, rng, last):
            if first <= local_day(occurred) <= last:
                facts.append((occurred, fact))
    facts.sort(key=lambda f: f[0])
    _record(unit, [f for _, f in facts], rng, moment)


def _record(
    unit: Unit, facts: list[evidence.NewFact], rng: random.Random, moment: datetime
) -> None:
    """Record day by day, as it would have come in; a few come a day late and say so."""
    recorder = Viewer(None, f"{unit.name}值班员", system=True)
    by_day: dict[datetime, list[evidence.NewFact]] = {}
    for fact in facts:
        late = timedelta(days=1) if rng.random() < 0.03 else timedelta(0)
        at = datetime.combine(local_day(fact.occurred_at), time(22), LOCAL) + late
        by_day.setdefault(min(at, moment), []).append(fact)
    for at in sorted(by_day):
        evidence.record_many(unit=unit, facts=by_day[at], by=recorder, at=at.astimezone(UTC))


def _for_binding(
    b: Binding, unit: Unit, days: list[date], diligence: float, rng: random.Random, last: date
) -> Iterator[tuple[datetime, evidence.NewFact]]:
    if not days:
        return
    if b.measure == "count" and b.needed:
        for group in _grouped(days, b.window):
            yield from _counted(b, unit, group, diligence, rng)
    elif b.measure == "level" and b.needed is not None:
        ok = rng.random() < diligence + 0.1
        activity = activities.get(b.activity)
        quantity = (
            (Decimal(1) if ok else Decimal(0))
            if activity.field("holds")
            else b.needed
            if ok
            else max(b.needed - 1, Decimal(0))
        )
        if rng.random() < 0.95:
            yield _fact(b, days[0], rng, quantity=quantity, own=True)
    elif b.measure == "by":
        due = b.ends - timedelta(days=rng.randint(2, 6))
        if rng.random() < diligence:
            yield _fact(b, due, rng, quantity=b.needed or Decimal(1), own=True)
    elif b.measure == "declared":
        for group in _grouped(days, "month"):
            if rng.random() < diligence - 0.1:
                yield _fact(b, rng.choice(group), rng, own=True)


def _counted(
    b: Binding, unit: Unit, group: list[date], diligence: float, rng: random.Random
) -> Iterator[tuple[datetime, evidence.NewFact]]:
    wanted = int(b.needed or 0)
    if b.cap and b.cap > 0:
        for slot in range(int(wanted / b.cap)):
            done = int(b.cap) if rng.random() < diligence + 0.02 else rng.randint(0, int(b.cap))
            for _ in range(done):
                yield _fact(
                    b,
                    rng.choice(group),
                    rng,
                    slot=_slot(b, slot),
                    hour=8 + 11 * slot if b.window == "day" else None,
                )
        return
    done = wanted if rng.random() < diligence else rng.randint(0, max(0, wanted - 1))
    if rng.random() < 0.1:
        done += 1
    for _ in range(done):
        yield _fact(b, rng.choice(group), rng)


def _slot(b: Binding, n: int) -> str:
    if b.obligation.period == "shift":
        return ("白班", "夜班", "晚班")[n % 3]
    return f"{n % 6 + 1}年级{n // 6 + 1}班"


def _grouped(days: list[date], window: str) -> Iterator[list[date]]:
    keys: dict[str, Callable[[date], Any]] = {
        "day": lambda d: d,
        "week": lambda d: d - timedelta(days=d.weekday()),
        "month": lambda d: (d.year, d.month),
        "quarter": lambda d: (d.year, (d.month - 1) // 3),
        "term": lambda d: (d.year, d.month < 8),
        "half_year": lambda d: (d.year, d.month < 7),
        "year": lambda d: d.year,
    }
    groups: dict[Any, list[date]] = {}
    for day in days:
        groups.setdefault(keys[window](day), []).append(day)
    yield from groups.values()


PLACES = ("东大门", "教学楼", "操场", "食堂", "实验楼", "围墙东段", "停车场", "宿舍楼")
FOUND = ("情况正常", "情况正常", "一处灯不亮，已报修", "门禁反应慢", "通道有杂物，已清", "情况正常")


def _fact(
    b: Binding,
    day: date,
    rng: random.Random,
    *,
    quantity: Decimal = Decimal(1),
    slot: str = "",
    hour: int | None = None,
    own: bool = False,
) -> tuple[datetime, evidence.NewFact]:
    at = datetime.combine(
        day,
        time((hour if hour is not None else rng.randint(7, 17)) % 24, rng.randint(0, 59)),
        LOCAL,
    )
    samples: dict[str, Any] = {
        "place": rng.choice(PLACES), "found": rng.choice((0, 0, 0, 1, 2)), "result": rng.choice(FOUND), "people": rng.randint(20, 300),
        "theme": b.obligation.action[:30], "chair": "陈主任", "decisions": "下周复查", "seconds": rng.randint(80, 190),
        "recipient": "区教育局安全办", "subject": "本校", "holds": quantity >= 1, "quantity": float(quantity),
    }  # fmt: skip
    payload = {
        f.name: samples[f.name] for f in activities.get(b.activity).fields if f.name in samples
    }
    return at, evidence.NewFact(
        activity=b.activity,
        occurred_at=at,
        quantity=quantity,
        slot=slot,
        how=rng.choice((How.SCANNED, How.PHOTOGRAPHED, How.TYPED)),
        payload=payload,
        obligation_id=b.obligation_id if own else None,
    )
