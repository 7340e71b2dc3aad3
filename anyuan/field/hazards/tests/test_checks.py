"""A place is walked by a list: what is wrong is a hazard at once, and the walk meets a duty."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anyuan.field.hazards.forms import ChecklistForm
from anyuan.field.hazards.models import Checklist, Hazard, Inspection
from anyuan.field.hazards.queries import checklists
from anyuan.field.hazards.rules import checklists as rules
from anyuan.field.hazards.rules.checklists import ABSENT, NO, YES, Answered
from anyuan.field.hazards.services import inspecting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.units import services as units
from anyuan.org.units.models import PlaceKind
from anyuan.record.evidence import api
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services.files import Upload
from conftest import NOON, PIXEL

from .stage_hazards import TODAY, assign, hazard


def walk(campus, *answers, who="王门卫", code="playground", key=None, whole=False, version=0):
    viewer, school = campus.viewer(who), campus.units["实验小学"]
    with acting(viewer):
        listed = checklists.get(school, code)
        given = inspecting.Walk(
            listed=listed,
            version=version or listed.version,
            place="操场",
            answers=[Answered("", a, "焊缝开裂" if a == NO else "") for a in answers],
            whole=whole,
        )
        return inspecting.walk(
            key=key or uuid4(), unit=school, given=given, by=viewer, done_at=NOON, at=NOON
        )


def write(campus, unit, items, who, name="月查", **more):
    viewer = campus.viewer(who)
    given = ChecklistForm(name, ["teaching"], "", more.pop("whole", False), items)
    with acting(viewer):
        return inspecting.write(unit=campus.units[unit], given=given, by=viewer, at=NOON)


def said(fact):
    with acting(SYSTEM):
        return evidence.words(fact).said


def test_what_is_wrong_is_a_hazard_and_the_walk_a_record(campus):
    done = walk(campus, YES, NO, ABSENT)
    with acting(SYSTEM):
        row = Hazard.objects.select_related("fact").get()
        fact = Fact.objects.get(activity="hazard.inspection")
    assert (done.fact_id, done.answers[1]["hazard_id"]) == (fact.pk, row.pk)
    assert (said(fact)["found"], said(row.fact)["subject"]) == (1, "焊缝开裂")
    assert [a["answer"] for a in done.answers] == [YES, NO, ABSENT]
    assert all(a["text"] for a in done.answers)


def test_the_same_walk_sent_twice_is_one(campus):
    key = uuid4()
    first, second = (walk(campus, YES, NO, YES, key=key) for _i in range(2))
    assert first.pk == second.pk
    with acting(SYSTEM):
        assert (Inspection.objects.count(), Hazard.objects.count()) == (1, 1)
    with pytest.raises(Refused):
        walk(campus, YES, NO, YES, key=key, who="李老师")


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ((YES, YES), {}),
        ((ABSENT, ABSENT, ABSENT), {}),
        ((YES, YES, YES), {"whole": True}),
        ((YES, YES, YES), {"version": 7}),
    ],
)
def test_an_item_left_open_or_yes_for_a_whole_that_wants_each_is_refused(campus, answers, more):
    with pytest.raises(Refused):
        walk(campus, *answers, **more)
    with acting(SYSTEM):
        assert not Inspection.objects.exists()


def test_yes_for_a_whole_place_is_shown_as_such(campus):
    done = walk(campus, *[YES] * 3, code="toilet", whole=True)
    assert done.whole
    assert "整体确认" in said(done.fact)["result"]


def test_a_list_that_changed_is_kept_as_it_was_walked(campus):
    row = write(campus, "实验小学", ["一", "二"], "陈主任")
    write(campus, "实验小学", ["一", "二", "三"], "陈主任")
    done = walk(campus, YES, NO, code=str(row.pk), version=1)
    assert [a["text"] for a in done.answers] == ["一", "二"]
    with pytest.raises(Refused):
        walk(campus, YES, NO, code=str(row.pk), version=2)


def test_the_same_list_again_is_no_new_version_and_a_closed_one_is_walked_no_more(campus):
    first = write(campus, "实验小学", ["一"], "陈主任")
    assert write(campus, "实验小学", ["一"], "陈主任").pk == first.pk
    with acting(SYSTEM):
        assert first.versions.count() == 1
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        inspecting.close(checklist_id=first.pk, by=viewer, at=NOON)
    with pytest.raises(Invisible):
        walk(campus, YES, code=str(first.pk))


def test_a_districts_list_is_walked_by_its_schools_and_changed_by_it_alone(campus):
    row = write(campus, "青禾区", ["一"], "何局长")
    assert walk(campus, YES, code=str(row.pk)).checklist_id == row.pk
    for who in ("陈主任", "王门卫"):
        with pytest.raises(Denied):
            write(campus, "青禾区", ["二"], who)
    viewer = campus.viewer("陈主任")
    with acting(viewer), pytest.raises(Denied):
        inspecting.close(checklist_id=row.pk, by=viewer, at=NOON)
    mine = write(campus, "实验小学", ["一"], "陈主任", name="校内月查")
    with acting(campus.viewer("外人")):
        shown = {listed.key for listed in checklists.lists(campus.units["柳湾中学"])}
        assert str(row.pk) in shown
        assert not Checklist.objects.filter(pk=mine.pk).exists()


def test_stops_are_those_for_the_kinds_of_places_longest_not_walked_first(campus):
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        for name, kind in (("操场", "playground"), ("东厕", "toilet")):
            units.add_place(unit=school, name=name, kind=kind)
    walk(campus, YES, YES, YES)
    with acting(campus.viewer("陈主任")):
        found = checklists.stops(school, TODAY)
    assert [(s.listed.key, s.place.name, bool(s.last)) for s in found] == [
        ("toilet", "东厕", False),
        ("playground", "操场", True),
    ]
    with acting(campus.viewer("陈主任")):
        summer = checklists.stops(school, TODAY + timedelta(days=40))
    assert "flood" in {s.listed.key for s in summer}


def test_stops_ask_as_much_of_many_places_as_of_few(campus):
    school = campus.units["实验小学"]

    def asked():
        with acting(campus.viewer("陈主任")), CaptureQueriesContext(connection) as found:
            checklists.stops(school, TODAY)
        return len(found)

    with acting(SYSTEM):
        units.add_place(unit=school, name="操场", kind="playground")
    few = asked()
    with acting(SYSTEM):
        for i in range(5):
            units.add_place(unit=school, name=f"教学楼{i}", kind="teaching")
    assert asked() == few


def test_built_in_lists_are_for_kinds_of_places_there_are():
    for listed in rules.builtin().values():
        assert listed.items
        assert set(listed.kinds) <= set(PlaceKind.values)
        assert len(listed.items) <= rules.MOST_ITEMS
        assert all(len(item.text) <= rules.ITEM_LENGTH for item in listed.items)


# -- pages --------------------------------------------------------------------------
def test_the_page_keeps_a_walk_with_a_photo_of_what_is_wrong(campus):
    body = {
        "unit": campus.units["实验小学"].pk,
        "version": 1,
        "place": "操场",
        "command": str(uuid4()),
        "a0": YES,
        "a1": NO,
        "n1": "东侧有坑",
        "p1": SimpleUploadedFile("a.png", PIXEL, "image/png"),
        "a2": ABSENT,
    }
    guard = campus.client("王门卫")
    answer = guard.post("/hazards/checks/walk/playground/", body)
    assert answer.status_code == 302
    assert guard.get(answer.url).status_code == 200
    with acting(SYSTEM):
        row = Hazard.objects.select_related("fact").get()
        assert row.fact.attachments.count() == 1


def test_what_was_answered_stays_where_an_item_is_open(campus):
    body = {"unit": campus.units["实验小学"].pk, "version": 1, "place": "操场", "a0": YES}
    page = campus.client("王门卫").post("/hazards/checks/walk/playground/", body)
    assert page.status_code == 400
    assert [r["answer"] for r in page.context["rows"]] == [YES, "", ""]


@pytest.mark.parametrize(
    "body",
    [
        {"items": ""},
        {"items": "长" * 81},
        {"items": "\n".join(str(i) for i in range(61))},
        {"kinds": "moon"},
        {"name": ""},
        {"season": "monsoon"},
    ],
)
def test_a_list_has_bounds(campus, body):
    whole = {"name": "月查", "kinds": "teaching", "season": "", "items": "一\n二"}
    sent = {"unit": campus.units["实验小学"].pk, **whole, **body}
    assert campus.client("陈主任").post("/hazards/checks/lists/write/", sent).status_code == 400
    with acting(SYSTEM):
        assert not Checklist.objects.exists()


def test_a_list_is_written_and_taken_out_of_use_on_its_page(campus):
    sent = {
        "unit": campus.units["实验小学"].pk,
        "name": "月查",
        "kinds": ["teaching", "toilet"],
        "season": "",
        "items": "一\n一\n二",
    }
    office = campus.client("陈主任")
    assert office.post("/hazards/checks/lists/write/", sent).status_code == 302
    with acting(SYSTEM):
        row = Checklist.objects.get()
        assert row.versions.get().items == ["一", "二"]
    assert office.post(f"/hazards/checks/lists/{row.pk}/close/").status_code == 302
    with acting(SYSTEM):
        assert Checklist.objects.get().closed_on is not None


# -- phones -------------------------------------------------------------------------
def send(campus, who="王门卫", **more):
    fields = {
        "inspection": str(uuid4()),
        "unit": campus.units["实验小学"].pk,
        "list": "playground",
        "version": 1,
        "place": "操场",
        "whole": False,
        "a0": YES,
        "a1": NO,
        "n1": "东侧有坑",
        "a2": ABSENT,
        "of": [1],
        "uploads": [Upload("a.png", PIXEL)],
        **more,
    }
    return api.apply(campus.viewer(who), uuid4(), "inspection.walk", fields, "", NOON)


def test_a_phone_sends_a_walk_with_the_photos_of_each_item(campus):
    status, answer = send(campus)
    with acting(SYSTEM):
        row = Hazard.objects.select_related("fact").get()
        assert row.fact.attachments.count() == 1
        assert Inspection.objects.get().pk == answer["result"]["inspection"]
    assert status == 200


def test_a_walk_sent_again_under_another_command_is_one(campus):
    key = str(uuid4())
    assert [send(campus, inspection=key)[0] for _i in range(2)] == [200, 200]
    with acting(SYSTEM):
        assert Inspection.objects.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"of": []},
        {"of": [1, 2]},
        {"of": "1"},
        {"list": "nothing"},
        {"version": 9},
        {"version": "x"},
        {"inspection": "x"},
        {"a2": "maybe"},
        {"place": ""},
        {"whole": True, "a1": YES},
        {"n1": "长" * 81},
    ],
)
def test_what_a_phone_sends_wrong_is_refused_whole(campus, more):
    assert send(campus, **more)[0] in {409, 422}
    with acting(SYSTEM):
        assert not Hazard.objects.exists()


def test_a_phone_of_another_school_walks_nothing_here(campus):
    assert send(campus, who="外人")[0] == 409


def test_a_phone_takes_along_its_lists_and_what_is_to_be_fixed(campus):
    with acting(SYSTEM):
        units.add_place(unit=campus.units["实验小学"], name="操场", kind="playground")
    assign(campus, hazard(campus))
    taken = campus.client("王门卫").get("/api/field").json()
    assert [h["what"] for h in taken["hazards"]] == ["东门：护栏松动"]
    assert [s["list"] for s in taken["stops"]] == ["playground"]
    assert [c["key"] for c in taken["checklists"]] == ["playground"]
    assert campus.client("李老师").get("/api/field").json()["hazards"] == []
