"""What leaves the program as a file does nothing when it is opened, and is written down."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from anyuan.kernel.exports import FORMULA, as_typed, harmless
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.kernel.text import is_plain
from anyuan.org.audit.models import Event
from anyuan.org.people.models import Person

EVIL = [
    '=HYPERLINK("http://x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1",
    "＝1+1",
]


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_is_a_formula_and_comes_back_as_it_was(text):
    cell = harmless(text)
    assert cell.startswith("'") and not cell.startswith(FORMULA)
    assert as_typed(cell) == text


@pytest.mark.parametrize("text", ["王‮老师", "李⁦静⁩", "张\x7f三", "陈\u200f"])
def test_names_have_no_signs_that_turn_them_around(text):
    assert not is_plain(text)


def cells(data):
    book = load_workbook(io.BytesIO(data))
    return [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]


def test_workbooks_hold_no_formula_whatever_people_are_called(campus):
    with acting(SYSTEM):
        for i, text in enumerate(EVIL):
            Person.objects.create(
                unit=campus.units["实验小学"], name=text.strip()[:40], number=str(i), pinyin="x"
            )
    chen, zhao = campus.client("陈主任"), campus.client("赵校长")
    school = campus.units["实验小学"].pk
    exported = chen.post("/organisation/workbook.xlsx", {"unit": school})
    assert exported.status_code == 200
    audit = zhao.post("/audit/export/", {})
    for answer in (exported, audit):
        assert not [c for c in cells(answer.content) if c.data_type == "f"]


def test_every_file_that_is_taken_is_written_down_with_who_and_how_much(campus, adopted):
    from django.urls import reverse

    client = campus.client("赵校长")
    before = Event.objects.count()
    for name in ("summary-docx", "summary-pdf", "roster-xlsx", "roster-docx"):
        assert client.get(reverse(name)).status_code == 200
    client.post(reverse("chain-checkpoint"))
    said = Event.objects.order_by("pk")[before:]
    assert [e.verb for e in said] == ["document.exported"] * 4 + ["checkpoint.exported"]
    assert all(e.person_name == "赵校长" for e in said)
    assert all(e.data.get("rows", e.data.get("units")) is not None for e in said)
    assert said[0].data["first"] < said[0].data["until"]
