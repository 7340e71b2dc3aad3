"""A hazard from the wall to its verification, a walk, a notice and a visit, in a real browser."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TODAY = date.today()


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "photo.jpg"
    Image.new("RGB", (1600, 1200), (150, 90, 60)).save(file, "JPEG")
    return file


def told_by_somebody(chromium, server, address, photo):
    """A passer-by without account tells by the code on the wall; returns the receipt."""
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, base_url=server.url
    )
    page = context.new_page()
    page.goto(address)
    page.set_input_files("#files", photo)
    page.fill("[name=place]", "西侧人行道")
    page.fill("[name=subject]", "井盖缺失")
    # Nobody types that fast: the form says so to robots.
    page.wait_for_timeout(3500)
    expect(page.locator("[name=nonce]")).to_have_value(re.compile(r"\d+"))
    page.click("button:has-text('报告')")
    receipt = page.locator(".receipt").inner_text()
    page.click("a:has-text('处理情况')")
    page.fill("[name=receipt]", receipt)
    page.click("button.big")
    expect(page.locator("h1")).to_contain_text("待指派")
    context.close()
    return receipt


def test_from_the_code_on_the_wall_to_the_ledger(server, sign_in, chromium, photo):
    office = sign_in("chen")
    office.goto("/hazards/poster/")
    office.click("button:has-text('生成张贴码')")
    address = office.locator(".poster img").get_attribute("alt")
    told_by_somebody(chromium, server, address, photo)

    # -- the office sees it on its home page and assigns it
    office.goto("/")
    expect(office.locator("#today")).to_contain_text("井盖缺失")
    office.goto("/hazards/?state=found")
    office.click("a:has-text('井盖缺失')")
    hazard = office.url
    office.select_option("[name=grade]", "general")
    expect(office.locator("[name=criterion]")).to_be_hidden()
    office.select_option("[name=owner]", label="王门卫")
    office.fill("[name=measure]", "围挡并补装井盖")
    office.fill("[name=deadline]", str(TODAY + timedelta(days=3)))
    office.click("button:has-text('指派')")
    expect(office.locator(".sub").first).to_contain_text("整改中")

    # -- the guard fixes it on the phone, with a photo
    guard = sign_in("wang", phone=True)
    guard.goto("/")
    guard.locator("li", has_text="整改隐患").locator("a.btn").click()
    guard.set_input_files("#files", photo)
    guard.fill("[name=result]", "已补装")
    guard.click("button:has-text('提交复查')")
    expect(guard.locator(".sub").first).to_contain_text("待复查")
    assert guard.locator("button:has-text('销号')").count() == 0

    # -- another verifies it; both photos stand side by side
    office.goto(hazard)
    office.fill("form[action$='close/'] [name=words]", "现场已看")
    office.click("button:has-text('已整改到位')")
    expect(office.locator(".sub").first).to_contain_text("已销号")
    expect(office.locator(".photos figure")).to_have_count(2)
    loaded = "() => [...document.querySelectorAll('.photos img')].every(i => i.naturalWidth > 0)"
    office.wait_for_function(loaded)

    # -- the ledger says what the database says
    with office.expect_download() as found:
        office.goto("/hazards/?state=closed")
        office.click("a:has-text('xlsx')")
    book = load_workbook(io.BytesIO(found.value.path().read_bytes()))
    rows = [r for r in book.active.iter_rows(min_row=3, values_only=True) if r[3] == "西侧人行道"]
    (row,) = rows
    ((state, owner, verifier),) = server.rows(
        "SELECT h.state, p.name, h.closed_name FROM hazards_hazard h JOIN people_person p"
        " ON p.id = h.owner_id WHERE h.source = 'public'"
    )
    assert (state, row[7], row[14]) == ("closed", owner, verifier)


def test_a_walk_by_checklist_on_a_phone(server, sign_in, photo):
    guard = sign_in("wang", phone=True)
    guard.goto("/hazards/checks/")
    guard.locator("li", has_text="围墙周界").first.locator("a.btn").click()
    items = guard.locator("fieldset.item")
    count = items.count()
    for i in range(count):
        items.nth(i).locator("label", has_text="正常").click()
    items.nth(1).locator("label", has_text="不符合").click()
    items.nth(1).locator("[name=n1]").fill("墙边堆了桌椅")
    items.nth(1).locator("input[type=file]").set_input_files(photo)
    # Big enough for gloves.
    for label in items.nth(0).locator(".answers label").all():
        box = label.bounding_box()
        assert box["height"] >= 48
        assert box["width"] >= 48
    guard.click("button:has-text('完成')")
    expect(guard.locator(".alert")).to_contain_text("发现 1 条隐患")
    guard.click("a:has-text('查看隐患')")
    expect(guard.locator("h1")).to_contain_text("墙边堆了桌椅")
    ((counted,),) = server.rows(
        "SELECT count(*) FROM evidence_fact WHERE activity = 'hazard.inspection'"
        " AND id IN (SELECT fact_id FROM hazards_inspection)"
    )
    assert counted == 1


def test_a_major_one_is_listed_handed_over_and_closed_by_two_offices(
    server, sign_in, chromium, photo
):
    office = sign_in("chen")
    office.goto("/hazards/report/")
    office.fill("[name=place]", "校门外路口")
    office.fill("[name=subject]", "货车占用消防通道")
    office.click("button:has-text('报告')")
    hazard = office.url
    office.select_option("[name=grade]", "major")
    office.select_option("[name=criterion]", "exits")
    office.select_option("[name=owner]", label="王门卫")
    office.fill("[name=measure]", "设桩隔离")
    office.fill("[name=deadline]", str(TODAY + timedelta(days=20)))
    office.click("button:has-text('指派')")

    # -- handed to the police for traffic, who answer by the link without an account
    office.click("summary:has-text('学校无法自行整改')")
    office.select_option("[name=department]", "traffic")
    office.fill("[name=recipient]", "青禾区交警大队")
    office.fill("[name=due]", str(TODAY + timedelta(days=7)))
    office.fill("[name=request]", "清理路口货车")
    office.click("button:has-text('生成函件')")
    expect(office.locator("#referrals")).to_contain_text("是否收到不明")
    office.locator("a:text-is('链接')").click()
    link = office.locator("input[readonly]").input_value()
    context = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    stranger = context.new_page()
    stranger.goto(link)
    expect(stranger.locator("h1")).to_contain_text("货车占用消防通道")
    stranger.fill("[name=words]", "已清理并施划禁停标线")
    stranger.fill("[name=name]", "交警大队 丁警官")
    stranger.click("button:has-text('提交复函')")
    expect(stranger.locator("main")).to_contain_text("丁警官")
    context.close()
    office.goto(hazard)
    expect(office.locator("main")).to_contain_text("已清理并施划禁停标线")

    # -- listed from above, with milestones
    district = sign_in("he")
    district.goto(hazard)
    district.click("summary:has-text('挂牌督办')")
    form = district.locator("form[action$='/list/']")
    form.locator("[name=sponsor]").select_option(index=1)
    form.locator("[name=demand]").fill("限期打通通道")
    form.locator("[name=until]").fill(str(TODAY + timedelta(days=15)))
    form.locator("[name=milestones]").fill(f"{TODAY + timedelta(days=5)} 路口设桩")
    form.locator("button").click()
    expect(district.locator("#listed")).to_contain_text("路口设桩")

    # -- fixed; two offices see it
    guard = sign_in("wang", phone=True)
    guard.goto(hazard)
    guard.set_input_files("form[action$='/fix/'] [type=file]", photo)
    guard.fill("[name=result]", "隔离桩已装好")
    guard.click("button:has-text('提交复查')")
    district.goto(hazard)
    expect(district.locator("main")).to_contain_text("须两个单位联合复查")
    town = sign_in("zhou")
    town.goto(hazard)
    town.click("button:has-text('代表本单位确认')")
    expect(town.locator("#listed")).to_contain_text("确认单位")
    district.goto(hazard)
    district.click("button:has-text('销号')")
    expect(district.locator(".sub").first).to_contain_text("已销号")
    expect(district.locator("#listed")).to_have_count(0)


def test_a_notice_is_served_and_a_visit_comes_unseen(server, sign_in):
    office = sign_in("lin")
    principal = sign_in("zhao", refused="Failed to load resource")
    office.goto("/supervision/notices/issue/?unit=1")
    office.select_option("[name=school]", label="青禾区实验小学")
    office.fill("[name=inspected_on]", str(TODAY))
    office.fill("[name=deadline]", str(TODAY + timedelta(days=10)))
    office.fill("[name=inspectors]", "林科长")
    office.fill("[name=word]", "青教安改字")
    office.select_option("[name=basis]", "421-16")
    office.fill("[name=problems]", "监控室：录像保存不足\n东门：值守记录缺失")
    office.click("button:has-text('下达')")
    expect(office.locator("h1")).to_contain_text("待签收")
    notice = office.url

    principal.goto("/")
    expect(principal.locator("#today")).to_contain_text("签收整改通知书")
    principal.goto(notice)
    principal.fill("[name=signature]", "赵校长")
    principal.click("button:has-text('签收')")
    expect(principal.locator("h1")).to_contain_text("整改中")
    principal.fill("[name=words]", "都改好了")
    principal.click("button:has-text('回告')")
    expect(principal.locator(".alert")).to_contain_text("还有 2 条隐患没整改")
    expect(principal.locator("[name=words]")).to_have_value("都改好了")

    # -- a draw of all schools: each visit is hidden until somebody stands at the gate
    office.goto("/supervision/draws/new/?unit=1")
    office.fill("[name=name]", "冬季督导")
    office.fill("[name=count]", "12")
    office.fill("[name=each]", "1")
    office.fill("[name=first_day]", str(TODAY))
    office.fill("[name=last_day]", str(TODAY))
    for box in office.locator("[name=inspectors]").all():
        box.uncheck()
    office.locator("label.check", has_text="林科长").locator("input").check()
    office.click("button:has-text('抽取')")
    office.click("a:has-text('青禾区实验小学')")
    visit = office.url
    principal.goto(visit)
    expect(principal.locator("body")).not_to_contain_text("冬季督导")
    principal.goto("/supervision/")
    expect(principal.locator("body")).not_to_contain_text("林科长")
    office.click("button:has-text('已到校')")
    expect(office.locator("h1")).to_contain_text("检查中")
    principal.goto(visit)
    expect(principal.locator("h1")).to_contain_text("检查中")
    office.fill("[name=seen]", "门卫在岗，登记齐全")
    office.fill("[name=problems]", "食堂：灭火器过期")
    office.fill("[name=signed]", "赵校长")
    office.click("button:has-text('结束检查')")
    expect(office.locator("h1")).to_contain_text("已完成")
    expect(office.locator(".due-list")).to_contain_text("灭火器过期")


def test_a_phone_without_network_walks_a_list_and_says_what_is_fixed(server, sign_in, photo):
    phone = sign_in("wang", phone=True, refused="Failed to load resource")
    # Something that is the guard's to fix.
    server.program(
        """
from datetime import date, timedelta
from anyuan.field.hazards.forms import AssignForm
from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.services import rectifying
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.models import Person
with acting(SYSTEM):
    wang = Person.objects.get(username="wang")
    row = Hazard.objects.filter(unit=wang.unit, state__in=["found", "assigned"]).earliest("pk")
    given = AssignForm("general", "", "", wang, "马上清走", row.deadline or date.today())
    rectifying.assign(hazard_id=row.pk, given=given, by=SYSTEM, at=now())
"""
    )
    phone.goto("/field/")
    expect(phone.locator("#field")).to_contain_text("待整改")
    expect(phone.locator("#strip")).to_contain_text("已同步")
    phone.context.set_offline(True)
    phone.click("button:has-text('按检查表排查')")
    phone.click("button:has-text('食堂') >> nth=0")
    items = phone.locator("section.item")
    for i in range(items.count()):
        items.nth(i).locator("button", has_text="正常").click()
    items.nth(0).locator("button", has_text="不符合").click()
    items.nth(0).locator("input[maxlength='80']").fill("燃气软管老化")
    items.nth(0).locator("input[type=file]").set_input_files(photo)
    expect(items.nth(0).locator("img")).to_have_count(1)
    phone.click("button:has-text('完成')")
    phone.click("button:has-text('返回')")
    phone.locator("button", has_text="待整改").first.click()
    phone.locator("input[type=file]").set_input_files(photo)
    expect(phone.locator(".previews img")).to_have_count(1)
    phone.locator("input[maxlength='200']").fill("已清走")
    phone.click("button:has-text('提交复查')")
    expect(phone.locator("#strip")).to_contain_text("2")
    phone.context.set_offline(False)
    expect(phone.locator("#strip")).to_contain_text("已同步", timeout=20_000)
    ((walks, fixed),) = server.rows(
        "SELECT (SELECT count(*) FROM hazards_inspection WHERE place LIKE '%%食堂%%'),"
        " (SELECT count(*) FROM hazards_hazard WHERE fixed_name = '王门卫' AND result = '已清走')"
    )
    assert (walks, fixed) == (1, 1)
