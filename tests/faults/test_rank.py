"""What somebody tried against those above them: roles, names, slips, workbooks, glass."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from openpyxl import Workbook

from anyuan.kernel import clock
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, acting
from anyuan.org.accounts.sign_in import SignIn
from anyuan.org.people.models import BreakGlass, Person, RoleGrant
from anyuan.org.people.services import accounts, persons, roles
from anyuan.org.workbook.forms import reading, sheets
from anyuan.org.workbook.services import taking
from anyuan.steering.governance.models import Meeting, RuleRead
from conftest import NOON, filled

NEW = "qinghe-river-2026-safe"


def act(campus, who, function, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return function(by=viewer, at=NOON, **filled(function, more))


def test_a_role_of_a_school_is_held_at_a_school_and_nobody_gives_themselves_one(campus):
    with pytest.raises(Denied):
        act(
            campus,
            "林科长",
            roles.give_role,
            person=campus.people["林科长"],
            role="principal",
            unit=campus.units["实验小学"],
        )
    helper = act(
        campus,
        "林科长",
        persons.enter,
        unit=campus.units["青禾区"],
        name="帮手",
        number="",
        phone="",
        title="",
    )
    for role in ("principal", "teacher", "town_officer"):
        with pytest.raises(Refused, match="不能设这个角色"):
            act(
                campus,
                "林科长",
                roles.give_role,
                person=helper,
                role=role,
                unit=campus.units["青禾区"],
            )
    assert not RoleGrant.objects.filter(person=helper).exists()


def book(sheet, *rows):
    made = Workbook()
    made.active.title = sheet
    heads = [c.label for c in sheets.SHEETS[sheet]]
    made.active.append(heads)
    for row in rows:
        made.active.append([row.get(h) for h in heads])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def take(campus, who, unit, data):
    found = reading.parse_workbook("a.xlsx", data)
    done = act(campus, who, taking.take_workbook, unit=campus.units[unit], found=found, keep=True)
    return found, done


@pytest.mark.parametrize(
    ("who", "kind", "allowed"),
    [
        ("陈主任", "区县", False),
        ("陈主任", "学校", False),
        ("林科长", "区县", False),
        ("林科长", "学校", True),
    ],
)
def test_a_school_does_not_say_itself_what_it_is_nor_ceases_to_be_one(campus, who, kind, allowed):
    unit = "实验小学" if who == "陈主任" else "青禾区"
    _, done = take(campus, who, unit, book("单位", {"名称": "实验小学", "类别": kind, "学生数": 1}))
    assert (done is not None) is allowed
    school = campus.units["实验小学"]
    school.refresh_from_db()
    assert (school.kind, school.pupils) == ("school", 1 if allowed else 900)


def test_roles_in_a_workbook_follow_the_same_rules(campus):
    found, done = take(
        campus,
        "林科长",
        "青禾区",
        book("人员", {"单位": "青禾区", "姓名": "帮手", "系统角色": "校长"}),
    )
    assert done is None
    assert "不能设这个角色" in found.problems[0].message


def test_accounts_differ_in_more_than_their_case(campus):
    found, done = take(
        campus,
        "陈主任",
        "实验小学",
        book("人员", {"单位": "实验小学", "姓名": "大写", "账号": "U5"}),
    )
    assert done is None
    assert "属于他人" in found.problems[0].message
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=campus.people["王门卫"].pk).update(username="U5")


def test_a_slip_is_void_once_its_person_rises_leaves_or_comes_back(campus):
    def slip():
        return act(
            campus, "陈主任", accounts.invite, person=campus.people["李老师"], username="li.laoshi"
        )

    code = slip()
    act(
        campus,
        "林科长",
        roles.give_role,
        person=campus.people["李老师"],
        role="principal",
        unit=campus.units["实验小学"],
    )
    answer = Client().post(
        "/welcome/", {"username": "li.laoshi", "code": code, "password": NEW, "again": NEW}
    )
    assert answer.status_code == 400
    with pytest.raises(Denied):
        slip()


def test_nobody_renames_their_superior_or_themselves(campus):
    for name in ("赵校长", "陈主任"):
        with pytest.raises(Denied):
            act(
                campus,
                "陈主任",
                persons.change,
                person=campus.people[name],
                name="改名",
                number="",
                phone="",
            )
    act(
        campus,
        "陈主任",
        persons.change,
        person=campus.people["赵校长"],
        name="赵校长",
        number="",
        phone="13800000000",
    )
    act(
        campus,
        "陈主任",
        persons.change,
        person=campus.people["李老师"],
        name="李静",
        number="",
        phone="",
    )


def test_through_broken_glass_one_signs_nothing(campus):
    from anyuan.steering.governance.services import library

    rule = act(
        campus,
        "赵校长",
        library.write,
        unit=campus.units["实验小学"],
        title="门卫制度",
        text="一、登记。",
        owner=campus.people["陈主任"],
        review_on=date(2027, 1, 1),
        readers="",
        base=0,
    )
    admin = campus.client("管理员")
    admin.post("/account/glass/", {"reason": "服务器故障，核对数据是否完整"})
    assert BreakGlass.objects.exists()
    assert admin.get(f"/rules/{rule.pk}/").status_code == 200
    assert admin.post(f"/rules/{rule.pk}/read/", {"version": 1}).status_code == 403
    assert not RuleRead.objects.exists()


def test_glass_is_not_broken_without_the_second_factor_that_the_role_demands(campus, settings):
    settings.MFA_ROLES = frozenset({"operator"})
    admin = campus.client("管理员")
    assert (
        admin.post("/account/glass/", {"reason": "服务器故障，核对数据是否完整"})["Location"]
        == "/account/second/"
    )
    assert not BreakGlass.objects.exists()


def test_a_session_of_the_demo_ends_with_it(campus, settings):
    client = campus.client("李老师")
    assert client.get("/").status_code == 200
    settings.DEMO = False
    assert client.get("/").status_code == 302
    assert SignIn().get_user(campus.people["李老师"].pk) is None


def test_one_meeting_is_called_once_however_often_it_is_clicked(campus):
    values = {
        "kind": "monthly",
        "title": "例会",
        "starts_at": NOON,
        "place": "x",
        "chair": campus.people["赵校长"],
        "code": "1",
        "called_by": "x",
        "unit": campus.units["实验小学"],
    }
    Meeting.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.create(**values)


@pytest.mark.parametrize(
    "address",
    [
        "/audit/?last=9999-12-31",
        "/audit/?first=0001-01-01",
        "/organisation/people/?q=%00",
        "/audit/?who=%00",
    ],
)
def test_odd_questions_are_answered(campus, address):
    assert campus.client("赵校长").get(address).status_code in {200, 400}


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/welcome/", {"username": "a\x00b", "code": "x", "password": NEW, "again": NEW}),
        ("/calendar/", {"do": "except", "first": "2026-12-01", "reason": "a\x00"}),
        ("/calendar/", {"do": "term", "first": "9999-06-01", "last": "9999-12-31", "name": "x"}),
        ("/organisation/people/enter/", {"name": "坏\x0b名"}),
    ],
)
def test_what_cannot_be_kept_is_refused_before_it_is_kept(campus, address, body):
    before = Person.objects.count()
    client = campus.client("赵校长") if address != "/welcome/" else Client()
    assert client.post(address, body).status_code in {302, 400}
    assert Person.objects.count() == before


def test_full_width_digits_are_digits(campus):
    from anyuan.steering.governance.services import meetings

    found = act(
        campus,
        "赵校长",
        meetings.call,
        unit=campus.units["实验小学"],
        kind="monthly",
        title="例会",
        starts_at=NOON,
        place="x",
        chair=campus.people["赵校长"],
        agenda=[],
    )
    Meeting.objects.filter(pk=found.pk).update(starts_at=clock.now(), code="123456")
    client = campus.client("李老师")
    client.post(f"/meetings/{found.pk}/attend/", {"code": "１２３４５６"})
    assert "李老师" in client.get(f"/meetings/{found.pk}/").content.decode()


def test_a_workbook_whose_styles_alone_are_huge_is_not_opened():
    data = book("人员", {"单位": "x", "姓名": "y"})
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            new.writestr(
                item,
                (
                    old.read(item)
                    if item.filename != "xl/styles.xml"
                    else b"<styleSheet>" + b"<xf/>" * 500_000 + b"</styleSheet>"
                ),
            )
    with pytest.raises(Refused, match="解压后过大"):
        reading.parse_workbook("a.xlsx", out.getvalue())


@pytest.mark.parametrize("cell", ["1e999", "nan", "zz"])
def test_a_broken_sheet_is_said_to_be_broken(cell):
    data = book("单位", {"名称": "x", "类别": "学校", "学生数": 77})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            body = old.read(item)
            new.writestr(
                item,
                (
                    body.replace(b"<v>77</v>", f"<v>{cell}</v>".encode())
                    if item.filename.startswith("xl/worksheets/")
                    else body
                ),
            )
    try:
        assert reading.parse_workbook("a.xlsx", out.getvalue()).problems
    except Refused as refused:
        assert "不能作为 xlsx" in str(refused)
