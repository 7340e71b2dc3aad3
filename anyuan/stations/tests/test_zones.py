"""Waiting zones by class, and break duty by place and break."""

from __future__ import annotations

from datetime import time

import pytest

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.stations import rules, services
from anyuan.stations.models import Station, WaitingZone
from anyuan.units import services as units
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
        ("大课间 09:50-10:20\n\n午间 12:10至13:30", [("大课间", time(9, 50), time(10, 20)), ("午间", time(12, 10), time(13, 30))]),
        ("早读 7:40-8:00", [("早读", time(7, 40), time(8))]),
        ("大课间", None), ("大课间 10:20-09:50", None), ("大课间 25:00-26:00", None), ("", []),
    ],
)  # fmt: skip
def test_breaks_are_read_line_by_line(text, found):
    assert rules.breaks_in(text) == found


def test_how_many_come_out_nearly_together():
    assert rules.together([]) == 0
    assert rules.together([(time(16), 4), (time(16, 4), 3), (time(16, 6), 2), (time(16, 20), 5)]) == 7


def test_a_class_waits_at_one_zone(campus):
    school, chen = campus.units["实验小学"], campus.viewer("陈主任")
    with acting(chen):
        services.set_zone(unit=school, name="东门左侧", place=None, comes_out=time(16), classes=["一年级1班", "一年级2班"], by=chen, at=NOON)
        with pytest.raises(Refused, match="一年级2班"):
            services.set_zone(unit=school, name="东门右侧", place=None, comes_out=time(16, 10), classes=["一年级2班"], by=chen, at=NOON)
        # The same name again changes it.
        services.set_zone(unit=school, name="东门左侧", place=None, comes_out=time(16, 5), classes=["一年级1班"], by=chen, at=NOON)
        services.set_zone(unit=school, name="东门右侧", place=None, comes_out=time(16, 10), classes=["一年级2班"], by=chen, at=NOON)
        for bad in ([], [f"{i}班" for i in range(41)]):
            with pytest.raises(Refused):
                services.set_zone(unit=school, name="x", place=None, comes_out=time(16), classes=bad, by=chen, at=NOON)
    with acting(campus.viewer("李老师")), pytest.raises(Denied):
        services.set_zone(unit=school, name="x", place=None, comes_out=time(16), classes=["1班"], by=campus.viewer("李老师"), at=NOON)
    page = campus.client("李老师").get(f"/roster/zones/?unit={school.pk}").content.decode()
    assert "东门右侧" in page and "16:10" in page and "保存" not in page
    client = campus.client("陈主任")
    client.post("/roster/zones/set/", {"unit": school.pk, "name": "后门", "comes_out": "16:30", "classes": "二年级(1)-(3)班"})
    assert WaitingZone.objects.get(name="后门").classes == ["二年级1班", "二年级2班", "二年级3班"]


def test_break_duty_is_a_station_for_each_place_and_break(campus):
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        places = [units.add_place(unit=school, name=n, kind="stairs") for n in ("东楼梯一层", "东楼梯二层")]
    client = campus.client("陈主任")
    body = {"unit": school.pk, "place": [p.pk for p in places], "breaks": "大课间 09:50-10:20\n午间 12:10-13:30", "people": "1"}
    for _i in range(2):  # a second click makes nothing new
        assert client.post("/roster/stations/breaks/", body).status_code == 302
    with acting(SYSTEM):
        found = Station.objects.filter(kind="break_duty", closed_on=None).order_by("pk")
        assert {(s.name, s.place_id, f"{s.starts:%H:%M}", s.when) for s in found} == {
            (f"{w}·{p.name}", p.pk, t, "school_days") for p in places for w, t in (("大课间", "09:50"), ("午间", "12:10"))
        }
    page = client.post("/roster/stations/breaks/", {**body, "breaks": "大课间"}, follow=True).content.decode()
    assert "每行写一个课间" in page
