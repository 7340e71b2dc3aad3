"""A list goes out as a workbook, is changed there, and comes in again as its next version."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from anyuan.field.hazards.models import Checklist, ChecklistVersion
from anyuan.kernel.exports import XLSX
from anyuan.kernel.scoping import SYSTEM, acting


def book(*cells):
    made = Workbook()
    for cell in cells:
        made.active.append([cell, "第二列不读"])
    out = io.BytesIO()
    made.save(out)
    return SimpleUploadedFile("表.xlsx", out.getvalue(), XLSX)


def write(campus, file, **more):
    body = {"name": "消防月查", "kinds": "teaching", "season": "", "items": "", "book": file}
    unit = campus.units["实验小学"].pk
    return campus.client("陈主任").post(
        "/hazards/checks/lists/write/", {**body, "unit": unit, **more}
    )


def items():
    with acting(SYSTEM):
        return [v.items for v in ChecklistVersion.objects.order_by("number")]


def test_out_and_in_again(campus):
    write(campus, book("检查项", "通道畅通", None, " 灭火器在位 ", 3))
    assert items() == [["通道畅通", "灭火器在位", "3"]]
    with acting(SYSTEM):
        pk = Checklist.objects.get().pk
    client = campus.client("陈主任")
    sent = client.get(f"/hazards/checks/lists/{pk}.xlsx").content
    rows = [row[0] for row in load_workbook(io.BytesIO(sent)).active.values]
    assert rows == ["检查项", "通道畅通", "灭火器在位", "3"]
    write(campus, SimpleUploadedFile("表.xlsx", sent, XLSX))
    assert len(items()) == 1  # the same again makes no new version


def test_a_built_in_one_goes_out_too(campus):
    sent = campus.client("王门卫").get("/hazards/checks/lists/playground.xlsx").content
    assert load_workbook(io.BytesIO(sent)).active["A1"].value == "检查项"


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("x.xlsx", b"no workbook", XLSX),
        book(),
        book("检查项"),
        book("x" * 81),
        book(*[f"第{n}项" for n in range(61)]),
        book(*[f"第{n}项" for n in range(500)]),
    ],
)
def test_what_is_no_list_is_refused_and_nothing_is_kept(campus, file):
    file.seek(0)
    assert write(campus, file).status_code == 400
    assert items() == []


def test_what_a_cell_would_do_stays_a_text(campus):
    write(campus, book("=1+1"))
    (kept,) = items()
    with acting(SYSTEM):
        pk = Checklist.objects.get().pk
    sent = campus.client("陈主任").get(f"/hazards/checks/lists/{pk}.xlsx").content
    assert load_workbook(io.BytesIO(sent)).active["A2"].value == f"'{kept[0]}"
