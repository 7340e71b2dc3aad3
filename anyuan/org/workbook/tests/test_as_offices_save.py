"""Workbooks as offices save them: names nearly right, cells that failed, people written twice."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.models import Person
from anyuan.org.workbook.forms import reading
from anyuan.org.workbook.services import taking
from conftest import NOON

HEADS = ["单位", "姓名", "工号", "电话", "账号", "系统角色"]


def book_of(*rows, title="人员", heads=HEADS, above=()):
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in (*above, heads, *rows):
        sheet.append(row)
    return book


def taken(campus, book, keep=True):
    out = io.BytesIO()
    book.save(out)
    found = reading.parse_workbook("a.xlsx", out.getvalue())
    viewer = campus.viewer("赵校长")
    with acting(viewer):
        done = taking.take_workbook(
            unit=campus.units["实验小学"], found=found, by=viewer, at=NOON, keep=keep
        )
    return found, done


@pytest.mark.parametrize(
    "title", ["人员 ", " 人 员", "人员(2)", "人员（1）", "1.人员", "人员 副本", "人员表"]
)
def test_a_sheet_whose_name_is_nearly_right(campus, title):
    _found, done = taken(campus, book_of(["实验小学", "欧阳一"], title=title))
    assert done.new["人员"] == 1


def test_what_is_not_known_is_named(campus):
    book = book_of(["实验小学", "欧阳一", "", "", "", "", "汉"], heads=[*HEADS, "民 族"])
    book.create_sheet("工资")
    found, done = taken(campus, book)
    assert done and any("民 族" in w for w in found.left_out)
    assert any("工资" in w for w in found.left_out)


def test_heads_below_a_title_and_with_remarks(campus):
    heads = ["单位（全称）", "姓 名*", "工号:", "电话", "账号", "系统角色"]
    book = book_of(["实验小学", "欧阳一"], heads=heads, above=(["实验小学人员名册"], []))
    _found, done = taken(campus, book)
    assert done.new["人员"] == 1


def test_rows_far_below_and_empty_ones_between(campus):
    book = book_of(["实验小学", "欧阳一"])
    book.active.cell(60_000, 2).number_format = "@"
    book.active.cell(50_000, 1, "实验小学")
    book.active.cell(50_000, 2, "欧阳二")
    _found, done = taken(campus, book)
    assert done.new["人员"] == 2


@pytest.mark.parametrize("value", ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#n/a", "=1+1"])
def test_what_a_formula_could_not_give_is_no_name(campus, value):
    book = book_of(["实验小学", "欧阳一", value])
    found, done = taken(campus, book)
    assert not done and [p.cell for p in found.problems] == ["人员!C2"]


def test_a_formula_over_several_cells_is_no_value(campus):
    book = book_of(["实验小学", "欧阳一"])
    book.active["C2"] = ArrayFormula("C2:C3", "=A2:A3")
    found, done = taken(campus, book)
    assert not done and [p.cell for p in found.problems] == ["人员!C2"]


@pytest.mark.parametrize(
    "written", ["欧阳　一", "欧 阳 一", "欧阳一\u200b", " 欧阳一 ", "\u200f欧阳一", "欧\u00a0阳一"]
)
def test_one_name_however_it_is_spaced(campus, written):
    taken(campus, book_of(["实验小学", "欧阳一"]))
    _found, done = taken(campus, book_of(["实验小学", written]))
    assert (done.new["人员"], done.known["人员"]) == (0, 1)


@pytest.mark.parametrize("dot", "·•・‧･．")
def test_one_name_whatever_dot_parts_it(campus, dot):
    taken(campus, book_of(["实验小学", "阿里木·买买提"]))
    _found, done = taken(campus, book_of(["实验小学", f"阿里木{dot}买买提"]))
    assert done.known["人员"] == 1


def test_a_number_that_comes_later_or_is_left_out_again(campus):
    taken(campus, book_of(["实验小学", "欧阳一"]))
    _found, done = taken(campus, book_of(["实验小学", "欧阳一", "0012"]))
    assert done.known["人员"] == 1
    _found, done = taken(campus, book_of(["实验小学", "欧阳一"]))
    assert done.known["人员"] == 1
    with acting(SYSTEM):
        assert Person.objects.get(name="欧阳一").number == "0012"


def test_two_of_one_name_stay_two(campus):
    taken(campus, book_of(["实验小学", "欧阳一", "1"], ["实验小学", "欧阳一", "2"]))
    with acting(SYSTEM):
        assert Person.objects.filter(name="欧阳一").count() == 2


@pytest.mark.parametrize("between", ["、", "，", "；", ",", " ", "\n", "　", ", "])
def test_roles_parted_as_people_type(campus, between):
    found, done = taken(
        campus, book_of(["实验小学", "欧阳一", "", "", "ou.yang", f"教师{between}门卫"])
    )
    assert done, found.problems


def test_pictures_and_much_style_hinder_nothing(campus):
    out = io.BytesIO()
    book_of(["实验小学", "欧阳一"]).save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/image1.bmp", bytes(9 * 1024 * 1024))
        for i in range(600):
            packed.writestr(f"xl/printerSettings/printerSettings{i}.bin", b"x")
    found = reading.parse_workbook("a.xlsx", out.getvalue())
    assert found.size == 1
