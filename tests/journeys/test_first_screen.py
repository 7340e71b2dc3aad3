"""What is seen without scrolling: the answer first, then what is short, on desk and phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


def ends_at(locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("phone", [False, True])
def test_a_principal_with_two_minutes(server, sign_in, phone):
    page = sign_in("zhao", phone=phone)
    page.goto("/")
    height = page.viewport_size["height"]
    lines = page.locator(".first-line")
    expect(lines.first).to_contain_text("在岗")
    expect(lines.nth(1)).to_contain_text("今天")
    assert ends_at(lines.nth(1)) < height / 2
    # The first thing to do stands on the first screen, with its button.
    first = page.locator("#today .due-list li").first
    assert ends_at(first.locator("a.btn, button").first) <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("phone", [False, True])
def test_a_district_in_two_minutes(server, sign_in, phone):
    page = sign_in("he", phone=phone)
    page.goto("/")
    height = page.viewport_size["height"]
    headline = page.locator(".first-line").first
    expect(headline).to_contain_text("学校")
    assert ends_at(headline) < height / 3
    assert ends_at(page.locator("#today .due-list li").first) <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_every_page_leads_to_its_part_of_the_guide(server, sign_in):
    page = sign_in("zhao")
    page.goto("/month/")
    page.click("aside >> text=使用说明")
    expect(page).to_have_url(server.url + "/help/#kanjieguo")
    expect(page.locator("#kanjieguo")).to_be_in_viewport()
