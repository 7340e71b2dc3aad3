"""A link without an account: the secret behind its # reaches nobody but the form that sends it."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_link_opens_once_clicked_and_its_secret_is_in_no_address(server, chromium):
    feed, name = server.rows(
        "SELECT c.feed, p.name FROM stations_dutycard c JOIN people_person p ON p.id = c.person_id"
        " ORDER BY c.id LIMIT 1"
    )[0]
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, base_url=server.url
    )
    page = context.new_page()
    asked = []
    page.on(
        "request", lambda request: asked.append((request.url, request.headers.get("referer", "")))
    )
    page.goto(f"/d/#{feed}")
    expect(page.locator("h1:visible")).to_contain_text(name)
    assert page.url == f"{server.url}/d/"
    assert not [a for a in asked if feed in a[0].split("#")[0] + a[1]]
    # Opened again later, without the secret; and a wrong one says what to do.
    page.goto("/d/")
    expect(page.locator("h1:visible")).to_contain_text(name)
    page.goto("/d/#" + "0" * 32)
    expect(page.locator("#open-link h1")).to_be_visible()
    expect(page.get_by_text("请向发链接的人要一个新的")).to_be_visible()
    context.close()
