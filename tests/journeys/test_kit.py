"""The field kit where things go wrong: another person, a refusal, a server that fails, a photo just
taken.
"""

from __future__ import annotations

import io
import json

import pytest
from playwright.sync_api import expect

from tests.journeys.test_on_duty import give_shift, kept

pytestmark = pytest.mark.browser


def record(page, place):
    page.click("button:has-text('记录其他事项')")
    page.fill("input[type=search]", "网上巡查")
    page.click(".choose button:has-text('网上巡查') >> nth=-1")
    page.locator("label:has-text('地点') input").fill(place)
    page.click("button:has-text('保存')")
    expect(page.locator("button:has-text('记录其他事项')")).to_be_visible()


def places(server, like):
    return [place for _by, place in server.places(like.rstrip("%"))]


def test_whoever_comes_after_sees_and_does_nothing_in_anothers_name(server, sign_in):
    page = sign_in("wang", phone=True, refused="Failed to load resource")
    page.goto("/field/")
    kept(page)
    expect(page.locator(".sub").first).to_contain_text("王门卫")
    page.context.set_offline(True)
    record(page, "whose-1")
    page.context.route("**/api/commands", lambda route: route.abort())
    page.context.set_offline(False)
    page.goto("/")
    page.click("summary:has-text('更多')")
    page.locator("header form button, .topbar form button").first.click()
    page.wait_for_url("**/sign-in/**")
    page.context.set_offline(True)
    page.goto("/field/")
    expect(page.locator("h1")).to_contain_text("登录")
    assert "王门卫" not in page.content() and "正在值勤" not in page.content()
    page.context.set_offline(False)
    page.goto("/sign-in/")
    page.fill("#id_login", "li")
    page.fill("#id_password", "anyuan-demo-2026")
    page.click("button.big")
    page.wait_for_url(server.url + "/")
    page.context.set_offline(True)  # nothing of li's was taken along yet
    page.goto("/field/")
    assert "王门卫" not in page.content()
    page.context.set_offline(False)
    page.context.unroute("**/api/commands")
    page.reload()
    expect(page.locator(".sub").first).to_contain_text("李老师")
    expect(page.locator("#strip")).to_contain_text("另有他人 1 条")
    record(page, "whose-2")
    page.click("#strip .state")
    expect(page.locator(".sent .received")).to_have_count(1)
    ((name, _place),) = server.places("whose-2")
    assert (name, places(server, "whose-1")) == ("李老师", [])


def test_what_was_refused_is_changed_and_sent_again(server, sign_in):
    page = sign_in("wang", phone=True, refused="Failed to load resource")
    page.goto("/field/")
    refusal = {"truth": "refused", "because": "试一试", "errors": {}, "result": {}}
    page.context.route(
        "**/api/commands",
        lambda route: route.fulfill(
            status=409, content_type="application/json", body=json.dumps(refusal)
        ),
        times=1,
    )
    record(page, "again-wrong")
    expect(page.locator("#strip")).to_contain_text("未接受 1")
    page.click("#strip .state")
    expect(page.locator(".sent .refused")).to_contain_text("again-wrong")
    page.click("button:has-text('修改后发送')")
    place = page.locator("label:has-text('地点') input")
    assert place.input_value() == "again-wrong"
    place.fill("again-right")
    page.click("button:has-text('保存')")
    expect(page.locator("#strip")).to_contain_text("已同步")
    expect(page.locator("#strip")).not_to_contain_text("未接受")
    # The strip says so also in the moment before the changed record is queued.
    for _ in range(100):
        if places(server, "again-%"):
            break
        page.wait_for_timeout(100)
    assert places(server, "again-%") == ["again-right"]


def test_what_the_server_fails_at_holds_up_nothing_else(server, sign_in):
    page = sign_in("wang", phone=True, refused="Failed to load resource")
    page.goto("/field/")
    kept(page)
    expect(page.locator("#strip")).to_contain_text("已同步")
    page.context.set_offline(True)
    for place in ("broken-1", "broken-2", "broken-3"):
        record(page, place)
    page.context.route(
        "**/api/commands",
        lambda route: (
            route.fulfill(status=500, body="x")
            if "broken-1" in (route.request.post_data or "")
            else route.continue_()
        ),
    )
    page.context.set_offline(False)
    page.click("#strip .state")
    for _ in range(12):
        page.evaluate("window.dispatchEvent(new Event('focus'))")
        page.wait_for_timeout(800)
        if "处理出错" in page.locator("#strip").inner_text():
            break
    expect(page.locator("#strip")).to_contain_text("有 1 条服务器处理出错")
    expect(page.locator(".sent .received")).to_have_count(2)
    assert places(server, "broken-%") == ["broken-2", "broken-3"]
    page.context.unroute("**/api/commands")
    page.click("button:has-text('立即重发')")  # all is tried again
    expect(page.locator("#strip")).to_contain_text("已同步")
    assert places(server, "broken-%") == ["broken-2", "broken-3", "broken-1"]


def test_a_photo_just_taken_goes_along(server, sign_in):
    from PIL import Image

    give_shift(server, "wang")
    ((last,),) = server.rows("SELECT max(id) FROM evidence_fact")
    page = sign_in("wang", phone=True)
    page.goto("/field/")
    page.click("button:has-text('开始巡逻：校园日巡')")
    page.click("ol.points button:has-text('到点') >> nth=0")
    picture = io.BytesIO()
    Image.effect_noise((4000, 3000), 80).convert("RGB").save(picture, "JPEG", quality=90)
    page.set_input_files(
        "input[type=file]",
        [
            {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()},
            {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""},
        ],
    )
    page.locator("label:has-text('说明') input").fill("刚拍的")
    page.evaluate(
        "[...document.querySelectorAll('button')].find((b) => b.textContent === '隐患').click()"
    )  # at once, before it is small
    page.wait_for_timeout(750)
    if page.locator("li.seen").count() == 0:
        page.evaluate(
            "{ const b = [...document.querySelectorAll('button')].find((b) => b.textContent ==="
            " '隐患'); if (b) b.click(); }"
        )  # again, out of impatience
    expect(page.locator("li.seen")).to_have_count(1, timeout=20_000)
    page.click("#strip .state")
    expect(page.locator(".sent .received")).to_have_count(
        2, timeout=20_000
    )  # the round and one hazard
    ((files,),) = server.rows(
        "SELECT jsonb_array_length(files) FROM evidence_fact WHERE activity = 'hazard.found' AND id"
        " > %s",
        last,
    )
    assert files == 1
    page.goto("/field/")
    page.click("button:has-text('继续巡逻：校园日巡')")
    page.click("button:has-text('结束')")
    expect(page.locator("button:has-text('开始巡逻：校园日巡')")).to_be_visible()
    page.click("#strip .state")
    expect(page.locator(".sent .received")).to_have_count(3, timeout=20_000)
