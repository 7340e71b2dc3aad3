"""The people, places and bodies of the sample district: a plausible, slightly incomplete
organisation for every unit.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from datetime import date

from anyuan.org.people.models import Body, Charge, Membership, Person, Post
from anyuan.org.people.services.naming import found_by
from anyuan.org.units.models import Place, Unit

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯"
    "于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN = (
    "建国",
    "秀兰",
    "志强",
    "桂英",
    "海燕",
    "文静",
    "国庆",
    "小红",
    "立军",
    "玉梅",
    "春生",
    "丽华",
    "永刚",
    "雪梅",
    "晓东",
    "淑珍",
    "振华",
    "慧敏",
    "长青",
    "思远",
)
PLACES = [
    ("东门", "gate", "", None, True),
    ("西门", "gate", "", None, True),
    ("东门门卫室", "gatehouse", "", None, True),
    ("教学楼", "teaching", "教学楼", None, True),
    ("教学楼东楼梯", "stairwell", "教学楼", None, True),
    ("教学楼西楼梯", "stairwell", "教学楼", None, True),
    ("实验室", "laboratory", "综合楼", 3, True),
    ("食堂", "canteen", "食堂", 1, True),
    ("操场", "playground", "", None, False),
    ("配电室", "power", "综合楼", -1, True),
    ("监控室", "control", "综合楼", 1, True),
    ("北围墙", "wall", "", None, False),
    ("校门外接送区", "outside", "", None, True),
]
STAFF = [
    "副校长",
    "安全办主任",
    "德育主任",
    "总务主任",
    "年级组长",
    "年级组长",
    "班主任",
    "班主任",
    "班主任",
    "保安队长",
    "保安员",
    "保安员",
    "保安员",
    "校医",
]
AREAS = [
    ("教学楼及楼梯", "教学楼"),
    ("大门与周边秩序", "东门"),
    ("食堂与食品安全", "食堂"),
    ("实验室与危化品", "实验室"),
    ("配电与消防设施", "配电室"),
    ("视频监控与报警", "监控室"),
]


def enter(unit: Unit, cast: Sequence[Person], since: date) -> None:
    """Fill in one campus, or the office of a district or town."""
    rng = random.Random(zlib.crc32(unit.name.encode()) + 7)
    posts = STAFF if unit.is_campus else ["安全科科长", "科员", "科员"]
    people = [*cast, *_people(unit, len(posts), rng)]
    rows = [Post(unit=unit, person=p, title=_title(p), since=since) for p in cast]
    rows += [
        Post(unit=unit, person=p, title=t, since=since)
        for p, t in zip(people[len(cast) :], posts, strict=True)
    ]
    Post.objects.bulk_create(rows)
    if unit.is_campus:
        _campus(unit, people, {r.title: r.person for r in rows}, rng, since)


def _title(person: Person) -> str:
    return {
        "门卫": "保安员",
        "老师": "值周教师",
        "主任": "安全办主任",
        "校长": "校长",
        "民警": "社区民警",
        "干事": "安全干事",
        "科长": "安全科科长",
        "局长": "分管副局长",
        "理员": "系统管理员",
    }.get(person.name[-2:], "校长")


def _people(unit: Unit, count: int, rng: random.Random) -> list[Person]:
    names: set[str] = set()
    while len(names) < count:
        names.add(rng.choice(SURNAMES) + rng.choice(GIVEN))
    rows = []
    for name in sorted(names, key=lambda n: zlib.crc32(n.encode())):
        pinyin, initials = found_by(name)
        # 199 begins no real number block in this sample: nobody is rung up by mistake.
        rows.append(
            Person(
                unit=unit,
                name=name,
                pinyin=pinyin,
                initials=initials,
                phone=f"19900{rng.randrange(10**6):06d}",
                demo=True,
            )
        )
    return Person.objects.bulk_create(rows)


def _campus(
    unit: Unit,
    people: Sequence[Person],
    by_title: dict[str, Person],
    rng: random.Random,
    since: date,
) -> None:
    places = Place.objects.bulk_create(
        Place(unit=unit, name=n, kind=k, building=b, floor=f, key_area=key)
        for n, k, b, f, key in PLACES
    )
    by_name = {p.name: p for p in places}
    head = by_title.get("校长", people[0])
    seats = {
        ("护校安园工作领导小组", "leading_group"): [
            ("head", head, "第一责任人"),
            ("deputy", by_title["副校长"], "分管安全"),
            ("member", by_title["德育主任"], ""),
            ("member", by_title["总务主任"], ""),
        ],
        ("领导小组办公室", "office"): [
            ("head", by_title["安全办主任"], "日常协调、资料"),
            ("member", by_title["校医"], ""),
        ],
        ("校园巡逻队", "patrol"): [
            ("head", by_title["保安队长"], ""),
            *(("member", p, "") for p in rng.sample(list(people), 3)),
        ],
        ("上放学交通疏导队", "drop_off"): [("member", p, "") for p in rng.sample(list(people), 4)],
        ("课间值勤队", "break_duty"): [
            ("head", by_title["年级组长"], ""),
            *(("member", p, "") for p in rng.sample(list(people), 3)),
        ],
    }
    for (name, kind), members in seats.items():
        body = Body.objects.create(unit=unit, name=name, kind=kind)
        taken: set[int] = set()
        for rank, person, duty in members:
            if person.pk not in taken:
                taken.add(person.pk)
                Membership.objects.create(
                    unit=unit, body=body, person=person, rank=rank, duty=duty, since=since
                )
    answering = [
        head,
        by_title["副校长"],
        by_title["安全办主任"],
        by_title["德育主任"],
        by_title["总务主任"],
        by_title["保安队长"],
    ]
    Charge.objects.bulk_create(
        Charge(unit=unit, person=p, area=area, place=by_name[place], since=since)
        for (area, place), p in zip(AREAS, answering, strict=True)
    )
