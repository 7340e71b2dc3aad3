"""The ledger: narrowed, opened in words, and as a file."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document
from openpyxl import load_workbook

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.audit.models import Event
from anyuan.record.evidence import queries
from anyuan.record.evidence.forms import LedgerForm
from anyuan.record.evidence.models import SavedView
from anyuan.record.evidence.services import erasing, recording
from conftest import NOON

SAID = {
    "patrol.round": {"place": "东门", "result": "门锁松动"},
    "drill.evacuation": {"place": "操场", "people": 860, "result": "=HYPERLINK(1)"},
}


@pytest.fixture
def recorded(campus):
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        for activity, said in SAID.items():
            recording.record(
                unit=campus.units["实验小学"],
                fact=recording.NewFact(activity=activity, occurred_at=NOON, payload=said),
                by=viewer,
                at=NOON,
            )


def page(campus, asked, who="陈主任"):
    return campus.client(who).get(f"/facts/?{asked}")


def activities(response):
    return sorted(line.activity.code for line in response.context["lines"])


@pytest.mark.parametrize(
    "asked, found",
    [
        ("", ["drill.evacuation", "patrol.round"]),
        ("activity=patrol.round", ["patrol.round"]),
        ("words=操场", ["drill.evacuation"]),
        ("person=陈", ["drill.evacuation", "patrol.round"]),
        ("person=王", []),
        ("how=scanned", []),
        ("first=2026-05-20&last=2026-05-20", ["drill.evacuation", "patrol.round"]),
        ("first=2026-05-21", []),
        ("last=2026-05-19", []),
    ],
)
def test_it_is_narrowed(campus, recorded, asked, found):
    assert activities(page(campus, asked)) == found


@pytest.mark.parametrize("asked", ["first=nonsense", "first=2026-05-21&last=2026-05-20"])
def test_what_cannot_be_asked_is_said_and_nothing_is_hidden(campus, recorded, asked):
    response = page(campus, asked)
    assert response.status_code == 200 and response.context["error"]
    assert len(activities(response)) == 2


def test_the_workbook_holds_what_was_asked_for_and_no_formula(campus, recorded):
    answer = campus.client("陈主任").get("/facts/ledger.xlsx?activity=drill.evacuation")
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=3)]
    assert len(rows) == 1 and rows[0][4] == "操场"
    assert "860" in rows[0][5] and not str(rows[0][5]).startswith("=")
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)


def test_the_document_repeats_its_heads(campus, recorded):
    answer = campus.client("陈主任").get("/facts/ledger.docx")
    table = Document(BytesIO(answer.content)).tables[0]
    assert len(table.rows) == 3 and "门锁松动" in table._tbl.xml
    assert "w:tblHeader" in table.rows[0]._tr.xml


def test_taking_the_file_away_is_logged_with_its_filter(campus, recorded):
    campus.client("陈主任").get("/facts/ledger.xlsx?person=陈")
    with acting(SYSTEM):
        event = Event.objects.order_by("-pk").first()
    assert event.person_name == "陈主任" and event.data["rows"] == 2
    assert "陈" in str(event.data)


def test_a_guard_reads_the_ledger_and_takes_no_file_away(campus, recorded):
    assert page(campus, "", "王门卫").status_code == 200
    assert "ledger.xlsx" not in page(campus, "", "王门卫").content.decode()
    assert campus.client("王门卫").get("/facts/ledger.xlsx").status_code == 403
    other = campus.units["实验小学"].pk
    assert campus.client("外人").get(f"/facts/ledger.xlsx?unit={other}").status_code == 404


def test_a_view_is_kept_for_its_person_alone_and_taken_away(campus):
    chen, li = campus.client("陈主任"), campus.client("李老师")
    school = campus.units["实验小学"].pk
    view = {"unit": school, "name": "巡逻", "activity": "patrol.round", "words": "西门"}
    for _twice in range(2):
        assert chen.post("/facts/views/", view).status_code == 302
    with acting(campus.viewer("陈主任")):
        (kept,) = SavedView.objects.all()
    assert "★ 巡逻" in chen.get(f"/facts/?unit={school}").content.decode()
    assert "★ 巡逻" not in li.get(f"/facts/?unit={school}").content.decode()
    li.post(f"/facts/views/{kept.pk}/remove/")
    with acting(campus.viewer("李老师")):
        assert not SavedView.objects.exists()
    with acting(campus.viewer("陈主任")):
        assert SavedView.objects.get().query == "activity=patrol.round&words=%E8%A5%BF%E9%97%A8"
    chen.post(f"/facts/views/{kept.pk}/remove/")
    with acting(campus.viewer("陈主任")):
        assert not SavedView.objects.exists()


def test_locked_words_are_searched_and_erased_ones_are_not_found(campus):
    with acting(SYSTEM):
        fact = recording.record(
            unit=campus.units["实验小学"],
            fact=recording.NewFact(
                activity="hazard.inspection",
                occurred_at=NOON,
                payload={"place": "西门旧车棚", "found": 1, "result": "顶棚松动"},
            ),
            by=SYSTEM,
            at=NOON,
        )
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        for words in ("旧车棚", "顶棚"):
            assert [f.pk for f in queries.ledger(fact.unit, LedgerForm(words=words))] == [fact.pk]
        erasing.erase(fact=fact, why="本人要求删除", by=zhao, at=NOON)
        assert not queries.ledger(fact.unit, LedgerForm(words="顶棚")).exists()
