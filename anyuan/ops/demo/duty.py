"""Who is on duty in the sample district: stations, routes, a published roster, and the rounds of
one school.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from anyuan.field.patrols.models import PatrolPoint, Route
from anyuan.field.presence import services as presence
from anyuan.field.presence.forms import SignInForm
from anyuan.field.presence.queries import place_codes
from anyuan.field.presence.rules import code
from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.scoping import Viewer
from anyuan.org.people.models import Person, Post
from anyuan.org.units.models import Place, Unit
from anyuan.staffing.engine.search import greedy
from anyuan.staffing.rosters.models import Roster, RosterState, Shift
from anyuan.staffing.rosters.queries import posing, shifts
from anyuan.staffing.rosters.services import making
from anyuan.staffing.stations.models import Busy, DutyCard, Serving, Station

LEADERS = ("校长", "副校长", "德育主任", "总务主任", "安全办主任")
GUARDS = ("保安队长", "保安员")
STATIONS = [  # name, kind, place, from, to, when, how many, who
    ("带班领导", "leader", "东门门卫室", "07:00", "18:00", "school_days", 1, LEADERS),
    ("东门早班", "gate", "东门", "06:30", "14:30", "every_day", 1, GUARDS),
    ("东门晚班", "gate", "东门", "14:30", "22:30", "every_day", 1, GUARDS),
    ("夜间值守", "night", "东门门卫室", "22:30", "06:30", "every_day", 1, GUARDS),
    (
        "早护学岗",
        "drop_off",
        "校门外接送区",
        "07:10",
        "07:50",
        "school_days",
        2,
        ("年级组长", "班主任", "值周教师", "校医"),
    ),
    (
        "晚护学岗",
        "drop_off",
        "校门外接送区",
        "16:20",
        "17:10",
        "school_days",
        2,
        ("年级组长", "班主任", "值周教师", "校医"),
    ),
    (
        "课间东楼梯",
        "break_duty",
        "教学楼东楼梯",
        "09:20",
        "10:00",
        "school_days",
        1,
        ("年级组长", "班主任", "值周教师"),
    ),
    ("日间巡逻", "patrol", "教学楼", "08:00", "17:00", "school_days", 1, (*GUARDS, "德育主任")),
]
ROUTES = [
    (
        "校园日巡",
        "day",
        2,
        30,
        ["东门", "教学楼", "教学楼东楼梯", "实验室", "食堂", "操场", "北围墙"],
    ),
    ("夜间巡查", "night", 3, 90, ["东门", "教学楼", "配电室", "监控室", "西门"]),
]
SPOTS = {
    "东门": (0.92, 0.55),
    "教学楼": (0.5, 0.4),
    "教学楼东楼梯": (0.6, 0.38),
    "实验室": (0.3, 0.3),
    "食堂": (0.22, 0.66),
    "操场": (0.55, 0.75),
    "北围墙": (0.5, 0.06),
    "配电室": (0.28, 0.2),
    "监控室": (0.34, 0.24),
    "西门": (0.06, 0.5),
}


def enter(unit: Unit, by: Viewer, starts: date, ends: date, at: datetime) -> None:
    """Fill in one campus: a roster over [starts, ends) in force, the engine's first answer."""
    places = {p.name: p for p in Place.objects.filter(unit=unit).order_by("pk")}
    posts = list(Post.objects.filter(unit=unit, until=None).select_related("person").order_by("pk"))
    for name, kind, place, first, last, when, people, titles in STATIONS:
        station = Station.objects.create(
            unit=unit,
            name=name,
            kind=kind,
            place=places.get(place),
            starts=time.fromisoformat(first),
            ends=time.fromisoformat(last),
            when=when,
            people=people,
        )
        Serving.objects.bulk_create(
            Serving(unit=unit, station=station, person=p.person)
            for p in {p.person_id: p for p in posts if p.title in titles}.values()
        )
    _cards(unit, [p.person for p in posts])
    _routes(unit, places)
    roster = Roster.objects.create(
        unit=unit,
        title=f"{starts:%m月}—{(ends - timedelta(days=1)):%m月}值勤表",
        starts=starts,
        ends=ends,
        state=RosterState.MADE,
        asked_by=by.name,
        asked_at=at,
        heard_at=at,
    )
    posed = posing.posed(roster)
    making._write(roster, posed, greedy(posed.problem))
    Shift.objects.filter(roster=roster).update(in_force=True)
    Roster.objects.filter(pk=roster.pk).update(
        state=RosterState.PUBLISHED,
        published_at=at,
        progress={
            "seconds": 0.2,
            "empty": Shift.objects.filter(roster=roster, person=None).count(),
        },
    )


def simulate_sign_ins(unit: Unit, diligence: float, moment: datetime) -> None:
    """Let most of those whose shifts began today sign in, some late, some without scanning."""
    rng = random.Random(unit.pk)
    for shift in shifts.between(unit, midnight(local_day(moment)), moment):
        if shift.person is None or shift.starts_at > moment or rng.random() > diligence:
            continue
        came = min(moment, shift.starts_at + timedelta(minutes=rng.choice((-9, -6, -4, -2, 1, 4))))
        text = (
            code(place_codes.key(), shift.station.place_id, version=1)
            if shift.station.place_id and rng.random() < 0.8
            else ""
        )
        by = Viewer(shift.person_id, shift.person.name, system=True)
        presence.sign_in(
            given=SignInForm(
                shift_id=shift.pk, code=text, metres=None, device="", skew=timedelta(0)
            ),
            command=None,
            by=by,
            came_at=came,
            at=came,
        )


def _cards(unit: Unit, people: Sequence[Person]) -> None:
    rng = random.Random(unit.pk)
    seen = {p.pk: p for p in people}
    DutyCard.objects.bulk_create(
        DutyCard(unit=unit, person=p, feed=f"{rng.getrandbits(128):032x}") for p in seen.values()
    )
    teachers = list(seen.values())[6:10]
    Busy.objects.bulk_create(
        Busy(
            unit=unit,
            person=p,
            kind="lesson",
            weekday=rng.randrange(5),
            from_time=time(9),
            to_time=time(10),
        )
        for p in teachers
    )


def _routes(unit: Unit, places: dict[str, Place]) -> None:
    for name, kind, rounds, apart, passed in ROUTES:
        route = Route.objects.create(unit=unit, name=name, kind=kind, rounds=rounds, apart=apart)
        PatrolPoint.objects.bulk_create(
            PatrolPoint(
                unit=unit,
                route=route,
                place=places[p],
                order=i,
                x=SPOTS[p][0],
                y=SPOTS[p][1],
                stairs="楼梯" in p,
            )
            for i, p in enumerate(passed)
            if p in places
        )
