"""Everything is found from one place, by whoever may see it."""

from __future__ import annotations

import pytest

from anyuan.kernel import finding
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.units import services as units


@pytest.mark.parametrize(
    "text, name, fits",
    [
        ("实验", "青禾区实验小学", True),
        ("qhq", "青禾区实验小学", True),
        ("syxx", "青禾区实验小学", True),
        ("shiyan", "青禾区实验小学", True),
        ("QHQ", "青禾区实验小学", True),
        ("ｑｈｑ", "青禾区实验小学", True),
        ("柳湾", "青禾区实验小学", False),
        ("lw", "青禾区实验小学", False),
        ("3号楼", "3号楼", True),
    ],
)
def test_characters_pinyin_and_initials(text, name, fits):
    assert (finding.rank(finding.asked(text), name) is not None) is fits


def test_what_begins_so_comes_first_and_the_list_is_bounded():
    names = [f"第{i}实验小学" for i in range(50)] + ["实验小学"]
    found = finding.best("实验", names, str)
    assert found[0] == "实验小学" and len(found) == finding.MOST


def kinds(campus, who, text):
    response = campus.client(who).get("/search/", {"q": text})
    assert response.status_code == 200
    return {kind.label: [f.title for f in kind.found] for kind in response.context["found"]}


def test_people_schools_places_records(campus):
    with acting(SYSTEM):
        units.add_place(unit=campus.units["实验小学"], name="东门", kind="gate")
    assert kinds(campus, "陈主任", "wmw")["人员"] == ["王门卫"]
    assert kinds(campus, "林科长", "lwzx")["学校"] == ["柳湾中学"]
    assert kinds(campus, "陈主任", "dm")["地点"] == ["东门"]
    assert "应急演练" in kinds(campus, "陈主任", "yjyl")["记录"]
    assert kinds(campus, "陈主任", "没有这个名字") == {}


def test_nothing_of_another_school_is_found(campus):
    assert "人员" not in kinds(campus, "外人", "王门卫")
    assert kinds(campus, "外人", "实验小学").get("学校", []) == []
    assert kinds(campus, "管理员", "王门卫") == {}


def test_long_and_empty_questions_are_taken(campus):
    assert kinds(campus, "陈主任", "") == {} and kinds(campus, "陈主任", "王" * 500) == {}


def test_found_pages_open(campus):
    client = campus.client("林科长")
    for text in ("王门卫", "实验小学", "城关"):
        for kind in client.get("/search/", {"q": text}).context["found"]:
            for found in kind.found:
                assert client.get(found.url.partition("#")[0]).status_code == 200, found
