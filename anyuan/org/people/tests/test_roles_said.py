"""Whoever may not do something is told which right it needs, and who holds it."""

from __future__ import annotations

import pytest

from anyuan.kernel import manifest
from anyuan.org.people.rules import PERMISSIONS, ROLES, held_by


def test_the_page_names_the_right_and_who_holds_it(campus):
    answer = campus.client("王门卫").get("/facts/ledger.xlsx")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "查看和下载总结、台账" in page and "校长" in page and "report.see" not in page


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_right_has_words_of_its_own_and_somebody_who_holds_it(permission):
    words = manifest.label("permission", permission)
    assert words and words != permission
    assert held_by(permission) and all(r.zh for r in ROLES.values())
