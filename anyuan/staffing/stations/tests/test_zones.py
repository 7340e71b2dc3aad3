"""Waiting zones by class, and break duty by place and break."""

from __future__ import annotations

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.org.messages.models import Message
from anyuan.org.people.models import Person
from anyuan.org.units import services as units
from anyuan.staffing.stations import rules
from anyuan.staffing.stations.forms import BusyForm, ZoneForm
from anyuan.staffing.stations.models import Busy, Station, WaitingZone
from anyuan.staffing.stations.services import busy, serving, zones
from conftest import NOON


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一年级1班、一年级2班，一年级1班", ["一年级1班", "一年级2班"]),
        ("一年级(1)-(3)班", ["一年级1班", "一年级2班", "一年级3班"]),
        ("二年级2至3班 小一班", ["二年级2班", "二年级3班", "小一班"]),
        ("三年级3-1班", ["三年级3-1班"]),
        ("", []),
    ],
)
def test_classes_are_read_as_people_write_them(text, found):
    assert rules.classes_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "大课间 09:50-10:20\n\n午间 12:10至13:30",
            [("大课间", time(9, 50), time(10, 20)), ("午间", time(12, 10), time(13, 30))],
        ),
        ("早读 7:40-8:00", [("早读", time(7, 40), time(8))]),
        ("大课间", None),
        ("大课间 10:20-09:50", None),
        ("大课间 25:00-26:00", None),
        ("", []),
    ],
)
def test_breaks_are_read_line_by_line(text, found):
    assert rules.breaks_in(text) == found


def test_how_many_come_out_nearly_together():
    assert rules.together([]) == 0
    assert (
        rules.together([(time(16), 4), (time(16, 4), 3), (time(16, 6), 2), (time(16, 20), 5)]) == 7
    )


def test_a_class_waits_at_one_zone(campus):
    school, chen = campus.units["实验小学"], campus.viewer("陈主任")
    with acting(chen):
        zones.set_zone(
            given=ZoneForm(
                name="东门左侧", place=None, comes_out=time(16), classes=["一年级1班", "一年级2班"]
            ),
            unit=school,
            by=chen,
            at=NOON,
        )
        with pytest.raises(Refused, match="一年级2班"):
            zones.set_zone(
                given=ZoneForm(
                    name="东门右侧", place=None, comes_out=time(16, 10), classes=["一年级2班"]
                ),
                unit=school,
                by=chen,
                at=NOON,
            )
        # The same name again changes it.
        zones.set_zone(
            given=ZoneForm(
                name="东门左侧", place=None, comes_out=time(16, 5), classes=["一年级1班"]
            ),
            unit=school,
            by=chen,
            at=NOON,
        )
        zones.set_zone(
            given=ZoneForm(
                name="东门右侧", place=None, comes_out=time(16, 10), classes=["一年级2班"]
            ),
            unit=school,
            by=chen,
            at=NOON,
        )
        for bad in ([], [f"{i}班" for i in range(41)]):
            with pytest.raises(Refused):
                zones.set_zone(
                    given=ZoneForm(name="x", place=None, comes_out=time(16), classes=bad),
                    unit=school,
                    by=chen,
                    at=NOON,
                )
    with acting(campus.viewer("李老师")), pytest.raises(Denied):
        zones.set_zone(
            given=ZoneForm(name="x", place=None, comes_out=time(16), classes=["1班"]),
            unit=school,
            by=campus.viewer("李老师"),
            at=NOON,
        )
    page = campus.client("李老师").get(f"/roster/zones/?unit={school.pk}").content.decode()
    assert "东门右侧" in page and "16:10" in page and "保存" not in page
    client = campus.client("陈主任")
    client.post(
        "/roster/zones/set/",
        {"unit": school.pk, "name": "后门", "comes_out": "16:30", "classes": "二年级(1)-(3)班"},
    )
    assert WaitingZone.objects.get(name="后门").classes == ["二年级1班", "二年级2班", "二年级3班"]


def test_break_duty_is_a_station_for_each_place_and_break(campus):
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        places = [
            units.add_place(unit=school, name=n, kind="stairs")
            for n in ("东楼梯一层", "东楼梯二层")
        ]
    client = campus.client("陈主任")
    body = {
        "unit": school.pk,
        "place": [p.pk for p in places],
        "breaks": "大课间 09:50-10:20\n午间 12:10-13:30",
        "people": "1",
    }
    for _i in range(2):  # a second click makes nothing new
        assert client.post("/roster/stations/breaks/", body).status_code == 302
    with acting(SYSTEM):
        found = Station.objects.filter(kind="break_duty", closed_on=None).order_by("pk")
        assert {(s.name, s.place_id, f"{s.starts:%H:%M}", s.when) for s in found} == {
            (f"{w}·{p.name}", p.pk, t, "school_days")
            for p in places
            for w, t in (("大课间", "09:50"), ("午间", "12:10"))
        }
    page = client.post(
        "/roster/stations/breaks/", {**body, "breaks": "大课间"}, follow=True
    ).content.decode()
    assert "每行写一个课间" in page


P = "第1节 08:00-08:40\n2 8:50 - 9:30\n"


@pytest.mark.parametrize(
    ("text", "lessons", "unread"),
    [
        (P + "李老师 周一 1-2", [("李老师", 0, "08:00"), ("李老师", 0, "08:50")], []),
        (
            P + "李老师\t星期三\t第2节\t周日、1",
            [("李老师", 2, "08:50"), ("李老师", 6, "08:00")],
            [],
        ),
        ("李老师 周五 09:00—10:30\n" + P, [("李老师", 4, "09:00")], []),
        (
            P + "李老师 周一 3\n李老师 1\n李老师 周一\n李老师 周八 1\n王老师 周二 2",
            [("王老师", 1, "08:50")],
            [3, 4, 5, 6],
        ),
        ("李老师 周一 10:30-09:00", [], [1]),
        ("", [], []),
    ],
)
def test_a_timetable_is_read_as_people_write_it(text, lessons, unread):
    found, wrong = rules.timetable_in(text)
    assert [(x.who, x.weekday, f"{x.starts:%H:%M}") for x in found] == lessons
    assert wrong == unread


@given(st.text(alphabet="第节周一星期1239:：-—~、 \t\n李", max_size=80))
def test_no_text_breaks_the_reading_of_a_timetable(text):
    found, wrong = rules.timetable_in(text)
    assert all(x.starts < x.ends and 0 <= x.weekday <= 6 and x.who for x in found)
    assert all(text.splitlines()[n - 1].strip() for n in wrong)


def test_a_timetable_takes_the_place_of_what_the_named_had(campus, django_assert_num_queries):
    school, chen = campus.units["实验小学"], campus.viewer("陈主任")
    client = campus.client("陈主任")
    with acting(SYSTEM):
        li, wang = (Person.objects.get(unit=school, name=n) for n in ("李老师", "王门卫"))
        for person in (li, wang):
            busy.add(
                given=BusyForm(
                    kind="lesson",
                    weekday=0,
                    starts=None,
                    ends=None,
                    from_time=time(7),
                    to_time=time(8),
                ),
                person=person,
                by=chen,
                at=NOON,
            )
        busy.add(
            given=BusyForm(
                kind="gladly", weekday=0, starts=None, ends=None, from_time=None, to_time=None
            ),
            person=li,
            by=chen,
            at=NOON,
        )
    for _twice in range(2):
        page = client.post(
            "/roster/people/timetable/",
            {"unit": school.pk, "timetable": P + "李老师 周一 1-2 周三 1"},
            follow=True,
        ).content.decode()
        assert "已录入 1 人的 3 节课" in page
        assert sorted(Busy.objects.filter(person=li).values_list("kind", "weekday")) == [
            ("gladly", 0),
            ("lesson", 0),
            ("lesson", 0),
            ("lesson", 2),
        ]
    assert Busy.objects.filter(person=wang).count() == 1
    # Nothing is half entered, and nothing typed is lost.
    for typed, words in (
        (P + "李老师 周二 1\n无名氏 周二 1", "无名氏"),
        (P + "李老师 周二 5", "第 3 行"),
        ("", "请先粘贴"),
        (P + "李老师 周二 1\n" * 9000, "最多"),
    ):
        answer = client.post("/roster/people/timetable/", {"unit": school.pk, "timetable": typed})
        assert answer.status_code == 400 and words in answer.content.decode()
        assert Busy.objects.filter(person=li).count() == 4
    with acting(chen):
        many = [rules.Lesson("李老师", i % 7, time(i // 7), time(i // 7, 30)) for i in range(101)]
        with pytest.raises(Refused, match="100"):
            busy.set_timetable(unit=school, lessons=many, by=chen, at=NOON)
        few, all_ = (
            [rules.Lesson("李老师", 1, time(8), time(9))],
            [
                rules.Lesson(n, d, time(h), time(h + 1))
                for n in ("李老师", "王门卫")
                for d in range(5)
                for h in range(8, 17)
            ],
        )
        with CaptureQueriesContext(connection) as first:
            busy.set_timetable(unit=school, lessons=few, by=chen, at=NOON)
        with django_assert_num_queries(len(first)):
            busy.set_timetable(unit=school, lessons=all_, by=chen, at=NOON)
    with acting(campus.viewer("李老师")), pytest.raises(Denied):
        busy.set_timetable(unit=school, lessons=few, by=campus.viewer("李老师"), at=NOON)


def test_a_station_and_a_zone_are_changed_also_by_name(campus):
    school = campus.units["实验小学"]
    client = campus.client("陈主任")
    hours = {
        "unit": school.pk,
        "kind": "gate",
        "starts": "07:00",
        "ends": "12:00",
        "when": "every_day",
        "people": "1",
    }
    for name in ("东门", "西门"):
        client.post("/roster/stations/set/", {**hours, "name": name})
    east = Station.objects.get(name="东门")
    page = client.get(f"/roster/stations/{east.pk}/").content.decode()
    assert 'value="07:00"' in page and 'value="东门"' in page
    answer = client.post(
        "/roster/stations/set/", {**hours, "instead": east.pk, "name": "西门", "people": "3"}
    )
    assert (
        answer.status_code == 400
        and "已经有一个叫“西门”" in answer.content.decode()
        and 'value="3"' in answer.content.decode()
    )
    for _twice in range(2):
        client.post(
            "/roster/stations/set/", {**hours, "instead": east.pk, "name": "正门", "people": "3"}
        )
    assert list(
        Station.objects.filter(unit=school).order_by("name").values_list("name", "people")
    ) == [("正门", 3), ("西门", 1)]
    client.post(f"/roster/stations/{east.pk}/close/")
    assert (
        client.post(
            "/roster/stations/set/", {**hours, "instead": east.pk, "name": "北门"}
        ).status_code
        == 400
    )
    assert not Station.objects.filter(name="北门").exists()
    client.post(
        "/roster/zones/set/",
        {"unit": school.pk, "name": "前门", "comes_out": "16:30", "classes": "一班"},
    )
    zone = WaitingZone.objects.get(name="前门")
    client.post(
        "/roster/zones/set/",
        {"instead": zone.pk, "name": "正门外", "comes_out": "16:40", "classes": "一班、二班"},
    )
    assert [(z.name, z.classes) for z in WaitingZone.objects.all()] == [
        ("正门外", ["一班", "二班"])
    ]
    for who, status in (("李老师", 403), ("外人", 404)):
        assert campus.client(who).get(f"/roster/stations/{east.pk}/").status_code == status
        assert campus.client(who).post(
            "/roster/stations/set/", {**hours, "instead": east.pk, "name": "我的"}
        ).status_code in {403, 404}


def test_the_link_goes_out_by_message_where_a_way_leads(campus, settings):
    school, chen = campus.units["实验小学"], campus.viewer("陈主任")
    with acting(SYSTEM):
        guest = Person.objects.create(unit=school, name="丁志愿", phone="13800000009")
    client = campus.client("陈主任")
    page = client.post(f"/roster/people/{guest.pk}/link/", follow=True).content.decode()
    assert "没有办法发消息给丁志愿" in page and not Message.objects.exists()
    settings.ADDRESS, settings.TEXT_GATEWAY = "https://anyuan.example", "https://gateway.example"
    for _twice in range(2):
        page = client.post(f"/roster/people/{guest.pk}/link/", follow=True).content.decode()
        assert "链接已在发给丁志愿的路上" in page
    with acting(chen):
        sent = Message.objects.get()
        assert (
            f"https://anyuan.example/d/#{serving.card_of(guest).feed}" in sent.body
            and sent.person == guest
        )
    assert campus.client("李老师").post(f"/roster/people/{guest.pk}/link/").status_code == 403
