"""The menu of units: all that one sees, or where those are very many what lies beside."""

from __future__ import annotations

from anyuan.kernel.scoping import acting
from anyuan.org.units import queries as units


def names(campus, who, at):
    viewer = campus.viewer(who)
    with acting(viewer):
        return [u.name for u in units.menu(viewer, campus.units[at])]


def test_few_are_all_there(campus):
    assert names(campus, "何局长", "青禾区") == [
        "青禾区",
        "城关街道",
        "实验小学",
        "柳湾镇",
        "柳湾中学",
    ]
    assert names(campus, "周干事", "城关街道") == ["城关街道", "实验小学"]


def test_of_many_the_offices_and_what_lies_beside(campus, monkeypatch):
    monkeypatch.setattr("anyuan.org.units.queries.MENU", 3)
    offices = ["青禾区", "城关街道", "柳湾镇"]
    assert names(campus, "何局长", "青禾区") == offices
    assert sorted(names(campus, "何局长", "柳湾镇")) == sorted([*offices, "柳湾中学"])
    assert sorted(names(campus, "何局长", "实验小学")) == sorted([*offices, "实验小学"])
