"""The organisation around the plan, in a real browser: entered from a workbook, met about, answered
for, and passed on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from anyuan.kernel.clock import LOCAL

pytestmark = pytest.mark.browser


def test_an_office_enters_meets_answers_and_hands_over(server, sign_in, tmp_path):
    # -- the organisation leaves as a workbook, is changed, and comes back; first with a mistake
    chen = sign_in("chen", refused="400 (Bad Request)")
    chen.goto("/organisation/")
    with chen.expect_download() as download:
        chen.click("button:has-text('导出工作簿')")
    path = tmp_path / "组织.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    book["人员"].append(["青禾区实验小学", "欧阳新", "", "一二三", "", "教师"])
    book["岗位"].append(["青禾区实验小学", "欧阳新", "", "体育教师"])
    book.save(path)
    chen.click("a:has-text('用工作簿导入')")
    chen.set_input_files("#file", path)
    chen.click("button:has-text('检查')")
    row = book["人员"].max_row
    expect(chen.locator("table")).to_contain_text(f"人员!D{row}")
    book["人员"].cell(row, 4).value = "13800000007"
    book.save(path)
    chen.set_input_files("#file", path)
    chen.click("button:has-text('检查')")
    expect(chen.locator("h1")).to_have_text("工作簿可以导入")
    assert not server.rows("SELECT 1 FROM people_person WHERE name = '欧阳新'")
    chen.dblclick("button:has-text('导入')")
    expect(chen.locator("h1")).to_contain_text("没有人负责")
    assert server.rows("SELECT count(*) FROM people_person WHERE name = '欧阳新'") == [(1,)]
    chen.goto("/organisation/people/?q=oyx")
    expect(chen.locator("tbody tr")).to_have_count(1)
    expect(chen.locator("tbody")).to_contain_text("体育教师")

    # -- a meeting: called, signed in to by the code, decided, closed; it is a record then
    zhao = sign_in("zhao")
    zhao.goto("/meetings/")
    form = zhao.locator("details", has_text="召集会议")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.locator("[name=title]").fill("安全例会")
    form.locator("[name=starts_at]").fill(
        (datetime.now(LOCAL) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    )
    form.locator("[name=place]").fill("三楼会议室")
    form.locator("[name=chair]").select_option(label="赵校长")
    assert "{{" not in form.locator("[name=agenda]").input_value()
    form.locator("button").click()
    code = zhao.locator(".wall-code b").inner_text()
    phone = sign_in("li", phone=True)
    phone.goto(zhao.url)
    phone.fill("#code", "000000" if code != "000000" else "111111")
    phone.click("button:has-text('签到')")
    expect(phone.locator(".alert")).to_contain_text("签到码不对")
    phone.fill("#code", code)
    phone.click("button:has-text('签到')")
    expect(phone.locator("h2", has_text="出席 1 人")).to_be_visible()
    zhao.reload()
    decide = zhao.locator("form[action$='/decide/']")
    decide.locator("[name=text]").fill("更换东门隔离桩")
    decide.locator("[name=person]").select_option(label="李老师")
    decide.locator("[name=due]").fill(str(date.today() + timedelta(days=9)))
    decide.locator("button").click()
    zhao.fill("[name=minutes]", "通报隐患整改情况。")
    zhao.click("button:has-text('结束会议')")
    zhao.click("a:has-text('对应的记录')")
    expect(zhao.locator("main")).to_contain_text("安全例会")
    phone.goto("/")
    expect(phone.locator("#today")).to_contain_text("更换东门隔离桩")

    # -- who answers is filled in, the letters are written and signed by their person
    zhao.goto("/duties/")
    before = zhao.locator("h1").inner_text()
    zhao.click("button:has-text('按岗位填入')")
    expect(zhao.locator("h1")).not_to_have_text(before)
    zhao.goto("/letters/")
    zhao.click("button:has-text('生成本年度责任书')")
    zhao.click("td a:has-text('赵校长')")
    zhao.fill("#signature", "赵校长")
    zhao.click("button.big")
    expect(zhao.locator(".signs")).to_contain_text("责任人：赵校长")

    # -- somebody leaves; what was theirs has somebody else
    zhao.goto("/organisation/people/?q=李老师")
    zhao.click("td a:has-text('李老师')")
    zhao.click("a:has-text('调动或离任')")
    for choice in zhao.locator("select").all():
        choice.select_option(label="陈主任")
    zhao.click("button:has-text('移交并办理')")
    expect(zhao.locator(".alert")).to_contain_text("已离任")
    assert server.rows(
        "SELECT p.name FROM governance_decision d JOIN people_person p ON p.id = d.person_id WHERE"
        " d.text = '更换东门隔离桩'"
    ) == [("陈主任",)]
    phone.goto("/")
    expect(phone.locator("#id_login")).to_be_visible()
    zhao.click("button:has-text('已回到本单位')")
