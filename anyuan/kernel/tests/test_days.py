"""Days and moments as people say them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.utils import translation

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.templatetags import words
from conftest import NOON


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr("anyuan.kernel.templatetags.words.now", lambda: NOON)


@pytest.mark.parametrize(
    "value, chinese, english",
    [
        (date(2026, 5, 20), "今天", "today"),
        (date(2026, 5, 21), "明天", "tomorrow"),
        (date(2026, 5, 19), "昨天", "yesterday"),
        (date(2026, 5, 22), "周五 5月22日", "Fri May 22"),
        (date(2027, 5, 20), "周四 2027年5月20日", "Thu May 20, 2027"),
    ],
)
def test_a_day(value, chinese, english):
    with translation.override("zh-hans"):
        assert words.day(value) == chinese
    with translation.override("en"):
        assert words.day(value) == english


def test_a_moment_of_today_is_a_time_alone():
    with translation.override("zh-hans"):
        assert words.soon(datetime(2026, 5, 20, 18, 5, tzinfo=LOCAL)) == "18:05"
        assert words.soon(datetime(2026, 5, 21, 7, 5, tzinfo=LOCAL)) == "明天 07:05"
        assert words.soon(datetime(2026, 5, 25, 7, 5, tzinfo=LOCAL)) == "周一 5月25日 07:05"
