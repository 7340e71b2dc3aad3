"""Every page as axe sees it: nothing serious, on a desk and on a phone, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCHOOL = (
    "/",
    "/record/",
    "/record/patrol.round/",
    "/month/",
    "/facts/",
    "/plans/",
    "/plans/1/",
    "/board/",
    "/reports/summary/",
    "/organisation/",
    "/organisation/people/",
    "/organisation/people/3/",
    "/organisation/people/3/leave/",
    "/organisation/chart/",
    "/organisation/contacts/",
    "/organisation/import/",
    "/duties/",
    "/exemptions/",
    "/calendar/",
    "/plans/standards/",
    "/meetings/",
    "/rules/",
    "/letters/",
    "/evidence/",
    "/audit/",
    "/account/",
    "/account/second/",
    "/account/sessions/",
    "/account/password/",
)
OFFICE = (
    "/",
    "/board/",
    "/plans/",
    "/plans/1/",
    "/organisation/",
    "/meetings/",
    "/reports/summary/",
)


def problems(page, path):
    page.goto(path)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (path, v["id"], n["html"][:140])
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
        for n in v["nodes"][:3]
    ]


@pytest.mark.parametrize(
    ("who", "pages", "phone"),
    [("zhao", SCHOOL, False), ("zhao", SCHOOL[:8], True), ("he", OFFICE, False)],
)
def test_nothing_serious_on_any_page(server, sign_in, who, pages, phone):
    page = sign_in(who, phone=phone)
    found = [p for path in pages for p in problems(page, path)]
    assert not found, "\n".join(map(str, found))


def test_the_pages_before_anybody_is_known(server, chromium):
    context = chromium.new_context(locale="zh-CN", base_url=server.url)
    page = context.new_page()
    found = [p for path in ("/sign-in/", "/welcome/") for p in problems(page, path)]
    context.close()
    assert not found, "\n".join(map(str, found))
