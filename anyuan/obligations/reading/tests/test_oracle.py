"""Numerals, dates and times of day against what others say of the same."""

from __future__ import annotations

import re
from datetime import date, time

import cn2an
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyuan.obligations.reading import clocks, dates
from anyuan.obligations.reading.numerals import NUMERAL, approximate, parse

NUMBERS = st.integers(1, 99_999)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
TIMES = st.times(time(6), time(21, 59)).map(lambda t: t.replace(second=0, microsecond=0))


@given(NUMBERS)
@settings(max_examples=500)
def test_a_numeral_is_what_another_library_writes(number):
    for mode in ("low", "up"):
        words = cn2an.an2cn(str(number), mode)
        assert parse(words) == number, words
        assert re.fullmatch(NUMERAL, words), words


@given(st.text(alphabet="零一二三四五六七八九十百千万两", min_size=1, max_size=7))
@settings(max_examples=500)
def test_what_is_a_numeral_to_another_is_the_same_to_us(words):
    try:
        theirs = cn2an.cn2an(words, "strict")
    except ValueError:
        return
    assert parse(words) == theirs


def spoken(day, form):
    month, of_month = cn2an.an2cn(str(day.month)), cn2an.an2cn(str(day.day))
    month, of_month = (re.sub(r"^一十", "十", x) for x in (month, of_month))
    year = "".join("〇一二三四五六七八九"[int(c)] for c in str(day.year))
    return {
        "digits": f"{day.year}年{day.month}月{day.day}日",
        "words": f"{year}年{month}月{of_month}日",
        "short": f"{day.month}月{day.day}日",
        "number": f"{day.month}月{day.day}号",
        "iso": day.isoformat(),
        "slash": f"{day.year}/{day.month}/{day.day}",
    }[form]


@pytest.mark.parametrize("form", ["digits", "words", "short", "number", "iso", "slash"])
@given(day=DAYS)
@settings(max_examples=120)
def test_a_date_is_the_day_it_was_made_from(form, day):
    (due,) = dates.find(f"各校于{spoken(day, form)}前报送")
    written = f"{day:%m-%d}" if form in {"short", "number"} else day.isoformat()
    assert (due.due, due.kind) == (written, "before")


@given(first=DAYS, last=DAYS)
@settings(max_examples=200)
def test_a_span_of_dates_has_both_ends(first, last):
    if first >= last:
        first, last = last, first
    text = f"自{spoken(first, 'digits')}至{spoken(last, 'digits')}开展整治"
    (due,) = dates.find(text)
    assert due.due == f"{first.isoformat()}~{last.isoformat()}"


def told(moment, form):
    hour, minute = moment.hour, moment.minute
    part = "早上" if hour < 12 else "中午" if hour == 12 else "下午" if hour < 18 else "晚上"
    twelve = hour if hour <= 12 else hour - 12
    return {
        "clock": f"{hour}:{minute:02d}",
        "part": f"{part}{twelve}:{minute:02d}",
        "points": f"{part}{twelve}点{minute}分" if minute else f"{part}{twelve}点",
        "words": f"{part}{re.sub('^一十', '十', cn2an.an2cn(str(twelve)))}点"
        + (f"{re.sub('^一十', '十', cn2an.an2cn(str(minute)))}分" if minute else ""),
    }[form]


@pytest.mark.parametrize("form", ["clock", "part", "points", "words"])
@given(moment=TIMES)
@settings(max_examples=150)
def test_a_time_of_day_is_the_time_it_was_made_from(form, moment):
    (found,) = clocks.clocks(f"保安{told(moment, form)}到岗")
    assert found.due == f"{moment:%H:%M}"


@given(a=TIMES, b=TIMES)
@settings(max_examples=150)
def test_a_window_has_both_ends(a, b):
    first, last = sorted((a, b))
    (found,) = clocks.clocks(f"保安{told(first, 'part')}至{told(last, 'part')}在岗")
    assert found.due == f"{first:%H:%M}~{last:%H:%M}"


@pytest.mark.parametrize(
    ("words", "both"),
    [("两三", (2, 3)), ("一两", (1, 2)), ("三五", None), ("三四", (3, 4)), ("三", None)],
)
def test_numbers_that_are_only_about_right(words, both):
    assert approximate(words) == both
