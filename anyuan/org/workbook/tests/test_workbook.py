"""The organisation as a workbook: taken whole or not at all, every mistake at its cell."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import acting
from anyuan.org.audit.models import Event
from anyuan.org.people.models import Body, Charge, Membership, Person, Post, RoleGrant
from anyuan.org.workbook import queries
from anyuan.org.workbook.forms import reading, writing
from anyuan.org.workbook.forms import sheets as sheets_forms
from anyuan.org.workbook.services import taking
from conftest import NOON

HEADS = {title: [c.label for c in columns] for title, columns in sheets_forms.SHEETS.items()}


def book(**sheets):
    """A workbook whose rows are given by column names, as an office would fill it."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        sheet.append(HEADS[title])
        for row in rows:
            sheet.append([row.get(label) for label in HEADS[title]])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def take(campus, data, *, who="陈主任", unit="实验小学", keep=True):
    viewer = campus.viewer(who)
    found = reading.parse_workbook("组织.xlsx", data)
    with acting(viewer):
        done = taking.take_workbook(
            unit=campus.units[unit], found=found, by=viewer, at=NOON, keep=keep
        )
    return found, done


GOOD = {
    "地点": [{"单位": "实验小学", "名称": "东门", "类别": "大门", "重点部位": "是"}],
    "人员": [
        {
            "单位": "实验小学",
            "姓名": "钱安全",
            "工号": 1001,
            "电话": "13800000001",
            "账号": "qian.anquan",
            "系统角色": "教师",
        },
        {"单位": "实验小学", "姓名": "吕校医", "工号": None},
    ],
    "岗位": [
        {
            "单位": "实验小学",
            "姓名": "钱安全",
            "工号": "1001",
            "岗位": "德育主任",
            "起始日期": "2026年3月1日",
        }
    ],
    "机构": [{"单位": "实验小学", "机构": "护校安园领导小组", "类别": "领导小组"}],
    "成员": [
        {
            "单位": "实验小学",
            "机构": "护校安园领导小组",
            "姓名": "钱安全",
            "工号": "1001",
            "职务": "组长",
        }
    ],
    "包保": [{"单位": "实验小学", "姓名": "吕校医", "包保范围": "晨午检", "地点": "东门"}],
}


def test_a_workbook_is_taken_whole_and_taken_again_changes_nothing(campus):
    found, done = take(campus, book(**GOOD))
    assert not found.problems
    assert done.new == {"单位": 0, "地点": 1, "人员": 2, "岗位": 1, "机构": 1, "成员": 1, "包保": 1}
    qian = Person.objects.get(username="qian.anquan")
    assert (qian.number, qian.pinyin, qian.initials) == ("1001", "qiananquan", "qaq")
    assert not qian.has_usable_password()
    assert Post.objects.get(person=qian).since == date(2026, 3, 1)
    assert RoleGrant.objects.get(person=qian).role == "teacher"
    _, again = take(campus, book(**GOOD))
    assert sum(again.new.values()) == 0
    assert Membership.objects.count() == Charge.objects.count() == 1


def test_a_dry_run_keeps_nothing(campus):
    _, done = take(campus, book(**GOOD), keep=False)
    assert sum(done.new.values()) == 7
    assert not Person.objects.filter(name="钱安全").exists()
    assert not Body.objects.exists()


def test_what_was_exported_can_be_taken_back(campus):
    take(campus, book(**GOOD))
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        data = writing.write_workbook(queries.whole(campus.units["实验小学"]))
    found, done = take(campus, data)
    assert not found.problems
    assert sum(done.new.values()) == 0
    assert sum(done.known.values()) == found.size > 6


@pytest.mark.parametrize(
    ("sheet", "row", "cell", "words"),
    [
        ("人员", {"单位": "实验小学", "姓名": None}, "人员!B2", "是空的"),
        ("人员", {"单位": "没有的学校", "姓名": "钱安全"}, "人员!A2", "没有单位"),
        ("人员", {"单位": "柳湾中学", "姓名": "钱安全"}, "人员!A2", "没有单位"),
        ("人员", {"单位": "实验小学", "姓名": "钱安全", "系统角色": "校长"}, "人员!F2", "无权授予"),
        (
            "人员",
            {"单位": "实验小学", "姓名": "钱安全", "系统角色": "皇帝"},
            "人员!F2",
            "不在可选范围",
        ),
        ("人员", {"单位": "实验小学", "姓名": "钱安全", "账号": "u9"}, "人员!E2", "属于他人"),
        ("人员", {"单位": "实验小学", "姓名": "钱安全", "电话": "<script>"}, "人员!D2", "电话"),
        (
            "岗位",
            {"单位": "实验小学", "姓名": "王门卫", "岗位": "保安员", "起始日期": "下周一"},
            "岗位!E2",
            "不是日期",
        ),
        ("岗位", {"单位": "实验小学", "姓名": "不在的人", "岗位": "保安员"}, "岗位!B2", "没有"),
        (
            "地点",
            {"单位": "实验小学", "名称": "东门", "类别": "大门", "楼层": "二楼"},
            "地点!E2",
            "整数",
        ),
        ("地点", {"单位": "实验小学", "名称": "=1+1", "类别": "大门"}, "地点!B2", "公式"),
        ("地点", {"单位": "实验小学", "名称": "东门", "类别": "门"}, "地点!C2", "不在可选范围"),
        (
            "成员",
            {"单位": "实验小学", "机构": "没有的机构", "姓名": "王门卫", "职务": "成员"},
            "成员!B2",
            "没有",
        ),
        ("单位", {"名称": "分校", "类别": "学校", "上级": "实验小学"}, "单位!B2", "没有下级"),
    ],
)
def test_every_mistake_names_its_cell_and_nothing_is_taken(campus, sheet, row, cell, words):
    before = Event.objects.count()
    found, done = take(
        campus,
        book(
            **(
                {**{k: v for k, v in GOOD.items() if k != sheet}, sheet: [row]}
                if sheet == "单位"
                else {sheet: [row]}
            )
        ),
    )
    assert done is None
    assert any(p.cell == cell and words in p.message for p in found.problems), found.problems
    assert Event.objects.count() == before
    assert not Person.objects.filter(name="钱安全").exists()


def test_every_mistake_of_a_row_is_named_at_once(campus):
    found, done = take(
        campus,
        book(
            人员=[
                {
                    "单位": "实验小学",
                    "姓名": "钱安全",
                    "电话": "一二三",
                    "账号": "u9",
                    "系统角色": "校长",
                }
            ],
            岗位=[{"单位": "实验小学", "姓名": "没有", "岗位": "教师"}],
        ),
    )
    assert done is None
    assert {p.cell for p in found.problems} == {"人员!D2", "人员!E2", "人员!F2", "岗位!B2"}


def test_two_rows_of_one_person_are_told_apart_or_refused(campus):
    row = {"单位": "实验小学", "姓名": "张伟"}
    found, done = take(campus, book(人员=[row, row]))
    assert done is None
    assert found.problems[0].cell == "人员!B3"
    found, done = take(campus, book(人员=[{**row, "工号": "1"}, {**row, "工号": "2"}]))
    assert done.new["人员"] == 2


def test_a_district_enters_schools_with_their_people_at_once(campus):
    data = book(
        单位=[
            {
                "名称": "青禾二小",
                "上级": "城关街道",
                "类别": "学校",
                "学段": "小学",
                "城乡": "城市",
                "寄宿": "否",
                "学生数": 800.0,
                "成立日期": "2019/9/1",
            }
        ],
        人员=[{"单位": "青禾二小", "姓名": "江校长", "账号": "jiang", "系统角色": "校长"}],
    )
    found, done = take(campus, data, who="林科长", unit="青禾区")
    assert not found.problems
    assert done.new["单位"] == 1
    person = Person.objects.get(username="jiang")
    assert person.unit.path.startswith(campus.units["城关街道"].path)
    assert (person.unit.pupils, person.unit.urban, person.unit.opened_on) == (
        800,
        True,
        date(2019, 9, 1),
    )


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"not a zip", "不能作为 xlsx"),
        ("a.xlsx", b"PK\x03\x04garbage", "不能作为 xlsx"),
        ("a.xlsx", b"x" * (10 * 1024 * 1024 + 1), "超过 10 MB"),
    ],
)
def test_what_is_no_workbook_is_refused(name, data, words):
    with pytest.raises(Refused, match=words):
        reading.parse_workbook(name, data)


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def test_macros_bombs_and_strange_sheets_are_refused():
    with pytest.raises(Refused, match="宏"):
        reading.parse_workbook("a.xlsx", packed(**{"xl/vbaProject.bin": b"x"}))
    with pytest.raises(Refused, match="解压后过大"):
        reading.parse_workbook(
            "a.xlsx", packed(**{"xl/worksheets/sheet1.xml": b"0" * (201 * 1024 * 1024)})
        )
    other = Workbook()
    out = io.BytesIO()
    other.save(out)
    with pytest.raises(Refused, match="没有这些工作表"):
        reading.parse_workbook("a.xlsx", out.getvalue())


def test_too_many_rows_are_refused_at_the_row(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    found = reading.parse_workbook(
        "a.xlsx", book(人员=[{"单位": "x", "姓名": str(i)} for i in range(9)])
    )
    assert found.problems[-1].cell == "人员!A5"


def test_the_template_can_be_filled_in_and_offers_its_choices():
    sheets = load_workbook(io.BytesIO(writing.write_workbook({})))
    assert sheets.sheetnames == list(sheets_forms.SHEETS)
    assert any("大门" in str(v.formula1) for v in sheets["地点"].data_validations.dataValidation)


def test_the_checked_workbook_is_taken_by_its_ticket_and_by_nobody_else(campus):
    from django.core.files.uploadedfile import SimpleUploadedFile

    chen = campus.client("陈主任")
    checked = chen.post(
        "/organisation/import/",
        {"do": "check", "file": SimpleUploadedFile("组织.xlsx", book(**GOOD))},
    )
    ticket = checked.context["ticket"]
    assert not Person.objects.filter(name="钱安全").exists()
    assert (
        campus.client("赵校长")
        .post("/organisation/import/", {"do": "take", "ticket": ticket, "name": "组织.xlsx"})
        .status_code
        == 400
    )
    assert (
        chen.post(
            "/organisation/import/", {"do": "take", "ticket": ticket, "name": "组织.xlsx"}
        ).status_code
        == 302
    )
    assert Person.objects.filter(name="钱安全").exists()


@pytest.mark.parametrize("column", ["电话", "工号", "账号"])
def test_nobody_changes_the_account_of_somebody_above_them(campus, column):
    """What the page refuses a workbook does not take."""
    values = {"电话": "13900000009", "工号": "777", "账号": "mine"}
    row = {"单位": "实验小学", "姓名": "赵校长", column: values[column]}
    with acting(campus.viewer("赵校长")):
        leader = Person.objects.get(name="赵校长")
        before = leader.phone, leader.number, leader.username
    found, done = take(campus, book(人员=[row]))
    with acting(campus.viewer("赵校长")):
        leader.refresh_from_db()
        assert (leader.phone, leader.number, leader.username) == before
    assert (done is None and found.problems) or column == "账号"


def test_the_same_row_of_somebody_above_is_taken_as_it_is(campus):
    found, done = take(campus, book(人员=[{"单位": "实验小学", "姓名": "赵校长"}]))
    assert done is not None and not found.problems
