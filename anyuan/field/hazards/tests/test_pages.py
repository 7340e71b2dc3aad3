"""The pages of hazards: told with a photo, once; what is refused loses nothing; exported."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from openpyxl import load_workbook

from anyuan.field.hazards import queries
from anyuan.field.hazards.models import Hazard, HazardPhoto
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.audit.models import Event
from anyuan.record.evidence import api
from anyuan.record.evidence.models import Fact
from conftest import NOON, PIXEL

from .stage_hazards import TODAY, again, assign, closed, fix, hazard


def photo(name="a.png"):
    return SimpleUploadedFile(name, PIXEL, "image/png")


def count(model):
    with acting(SYSTEM):
        return model.objects.count()


def report(campus, client, **more):
    body = {
        "unit": campus.units["实验小学"].pk,
        "place": "东门",
        "subject": "护栏松动",
        "command": str(uuid4()),
        "files": photo(),
        **more,
    }
    return client.post("/hazards/report/", body)


def test_whoever_finds_one_tells_of_it_with_a_photo_and_sees_what_becomes_of_it(campus):
    guard = campus.client("王门卫")
    answer = report(campus, guard)
    assert answer.status_code == 302
    page = guard.get(answer.url)
    assert page.status_code == 200
    with acting(SYSTEM):
        fact = Fact.objects.get(activity="hazard.found")
        assert fact.attachments.count() == 1
        assert Hazard.objects.get().fact_id == fact.pk


def test_a_second_click_tells_it_once(campus):
    guard, command = campus.client("王门卫"), str(uuid4())
    first = report(campus, guard, command=command)
    second = report(campus, guard, command=command)
    assert first.url == second.url
    assert count(Hazard) == 1


def test_what_was_typed_stays_where_something_is_missing(campus):
    page = report(campus, campus.client("王门卫"), subject="")
    assert page.status_code == 422
    assert 'value="东门"' in page.content.decode()
    assert count(Hazard) == 0


def test_a_stranger_tells_of_nothing_there(campus):
    assert report(campus, campus.client("外人")).status_code in {403, 404}
    assert count(Hazard) == 0


def test_the_forms_lead_from_assigned_to_closed(campus):
    row = hazard(campus)
    body = {
        "grade": "general",
        "owner": campus.people["王门卫"].pk,
        "measure": "加固",
        "deadline": "2100-01-01",
    }
    office, guard = campus.client("陈主任"), campus.client("王门卫")
    refused = office.post(f"/hazards/{row.pk}/assign/", body)
    assert refused.status_code == 400
    assert 'value="加固"' in refused.content.decode()
    assign(campus, row)
    done = guard.post(f"/hazards/{row.pk}/fix/", {"result": "已加固", "files": photo()})
    assert done.status_code == 302
    with acting(SYSTEM):
        kept = HazardPhoto.objects.get()
    shown = guard.get(f"/hazards/photos/{kept.pk}/")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/png")
    assert office.post(f"/hazards/{row.pk}/close/", {"words": "看过"}).status_code == 302
    assert again(row).state == "closed"


@pytest.mark.parametrize(
    "body", [{"cost": "1e9"}, {"cost": "-5"}, {"cost": "9" * 12}, {"result": "长" * 201}]
)
def test_what_cannot_be_is_refused_and_nothing_moves(campus, body):
    row = hazard(campus)
    assign(campus, row)
    sent = {"result": "已加固", "files": photo(), **body}
    assert campus.client("王门卫").post(f"/hazards/{row.pk}/fix/", sent).status_code == 400
    assert again(row).state == "assigned"


@pytest.mark.parametrize(
    "body",
    [
        {"grade": "major"},
        {"grade": "major", "criterion": "food"},
        {"grade": "huge"},
        {"deadline": "soon"},
        {"measure": ""},
    ],
)
def test_a_major_one_names_its_criterion_and_nothing_is_left_open(campus, body):
    row = hazard(campus)
    whole = {
        "grade": "general",
        "owner": campus.people["王门卫"].pk,
        "measure": "加固",
        "deadline": "2026-12-31",
    }
    answer = campus.client("陈主任").post(f"/hazards/{row.pk}/assign/", {**whole, **body})
    assert answer.status_code == 400
    assert again(row).state == "found"


@pytest.mark.parametrize("state", ["", "found", "assigned", "late", "mine", "all", "nonsense"])
def test_the_list_is_narrowed(campus, state):
    hazard(campus)
    assign(campus, hazard(campus))
    page = campus.client("陈主任").get(f"/hazards/?state={state}")
    assert page.status_code == 200
    shown = len(page.context["rows"])
    # The sample's days lie in the past of the page's own clock, so what is assigned is late.
    assert shown == {"found": 1, "assigned": 1, "late": 1, "mine": 0}.get(state, 2)


def test_the_ledger_leaves_as_offices_keep_it_and_is_noted(campus):
    closed(campus, subject="=1+1")
    office = campus.client("陈主任")
    book = load_workbook(io.BytesIO(office.get("/hazards/ledger.xlsx?state=all").content))
    _title, heads, row = list(book.active.iter_rows(values_only=True))
    assert heads[:5] == ("序号", "单位", "发现时间", "地点", "隐患情况")
    assert row[1:6] == ("实验小学", "2026-05-17", "东门", "'=1+1", "一般")
    document = Document(io.BytesIO(office.get("/hazards/ledger.docx?state=all").content))
    assert document.tables[0].rows[1].cells[16].text == "已销号"
    with acting(SYSTEM):
        exported = Event.objects.filter(verb="document.exported").order_by("pk")
        assert [e.data["rows"] for e in exported] == [1, 1]


def test_no_form_records_that_one_was_rectified(campus):
    row = hazard(campus)
    assert campus.client("陈主任").get("/record/hazard.rectify/").status_code == 302
    fields = {"unit": row.unit_id, "activity": "hazard.rectify", "answers": row.fact_id}
    with acting(SYSTEM):
        viewer = campus.viewer("陈主任")
    status, _answer = api.apply(viewer, uuid4(), "fact.record", fields, "", NOON)
    assert status == 409


def test_a_phone_sends_that_it_is_fixed(campus):
    from anyuan.record.evidence.services.files import Upload

    row = hazard(campus)
    assign(campus, row)
    guard, command = campus.viewer("王门卫"), uuid4()
    sent = {"hazard": row.pk, "result": "已加固", "uploads": [Upload("a.png", PIXEL)]}
    for _time in range(2):
        status, answer = api.apply(guard, command, "hazard.fix", sent, "", NOON)
        assert (status, answer["result"]["state"]) == (200, "fixed")
    status, _answer = api.apply(guard, uuid4(), "hazard.fix", {"hazard": "x"}, "", NOON)
    assert status == 422


def test_words_that_were_erased_are_gone_from_the_hazard_too(campus):
    from anyuan.record.evidence.services import erasing

    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    viewer = campus.viewer("赵校长")
    with acting(viewer):
        erasing.erase(fact=row.fact, why="写了学生姓名", by=viewer, at=NOON)
    page = campus.client("陈主任").get(f"/hazards/{row.pk}/").content.decode()
    assert "护栏松动" not in page


def test_a_very_long_list_says_that_it_is_cut(campus, monkeypatch):
    monkeypatch.setattr("anyuan.kernel.pages.MOST_ROWS", 3)
    for n in range(4):
        hazard(campus, subject=f"护栏松动{n}")
    page = campus.client("陈主任").get("/hazards/?state=all").content.decode()
    assert page.count('class="what"') == 3
    assert "前 3 条" in page


def test_what_an_office_counts_is_the_sum_of_its_schools(campus):
    hazard(campus)
    assign(campus, hazard(campus))
    schools = [u.pk for u in campus.units.values()]
    with acting(SYSTEM):
        by_unit = queries.counts(schools, TODAY + timedelta(days=400))
    counted = queries.summed(by_unit.values())
    assert (counted.found, counted.assigned, counted.late) == (1, 1, 1)
    assert set(by_unit) == {campus.units["实验小学"].pk}
