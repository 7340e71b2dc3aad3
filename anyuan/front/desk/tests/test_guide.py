"""The guide opens inside the program, and every page leads to its part."""

from __future__ import annotations

import pytest

from anyuan.front.desk.queries import guide
from anyuan.kernel import manifest
from anyuan.kernel.scoping import SYSTEM


def test_every_line_of_the_menu_leads_to_a_part_of_the_guide():
    anchors = {s.anchor for s in guide.sections()}
    assert {e.help for e in manifest.entries()} <= anchors


def test_the_guide_is_searched_with_the_rest():
    found = guide.find(SYSTEM, "开通码")
    assert found and all("#" in f.url for f in found)
    assert guide.find(SYSTEM, "没有这样的字") == []


@pytest.mark.django_db
def test_whoever_is_signed_in_reads_it_and_a_page_leads_to_its_part(campus):
    response = campus.client("李老师").get("/help/")
    assert response.status_code == 200 and 'id="zhiqinyuxunluo"' in response.content.decode()
    board = campus.client("何局长").get("/board/").content.decode()
    assert "/help/#kanjieguo" in board
