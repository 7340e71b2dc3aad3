"""What is kept of a due date comes back from its words."""

from __future__ import annotations

import pytest

from anyuan.obligations.plans.rules import due_words

KEPT = {
    "06-30": "6月30日",
    "2026-06-30": "2026年6月30日",
    "issue~01-31": "即日起至1月31日",
    "04-01~05-31": "4月1日至5月31日",
    "@04-01~05-31": "4月1日至5月31日期间",
    "@周五16:00": "周五16:00",
    "@07:00~08:00;16:30~17:30": "07:00至08:00;16:30至17:30",
    "@次月5日前": "次月5日前",
    "事发后2小时": "事发后2小时",
    "农历01-15": "农历01-15",
}


@pytest.mark.parametrize("due", KEPT)
def test_said_and_kept(due):
    assert due_words.in_words(due) == KEPT[due]
    assert due_words.kept(KEPT[due]) == due


@pytest.mark.parametrize(
    ("words", "due"),
    [("6月30日前", "06-30"), ("6月底前", "06-30"), ("每月25日前", "@每月25日前"), ("", "")],
)
def test_as_people_write(words, due):
    assert due_words.kept(words) == due


@pytest.mark.parametrize("words", ["soon", "<b>6月</b>", "6月" * 40])
def test_what_says_nothing_is_refused(words):
    with pytest.raises(ValueError):
        due_words.kept(words)
