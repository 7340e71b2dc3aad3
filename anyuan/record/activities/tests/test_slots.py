"""What tells occurrences apart, and what is a kind apart."""

import pytest

from anyuan.record.activities import rules


@pytest.mark.parametrize(
    ("written", "slot"),
    [
        ("三(2)班", "3-2班"),
        ("三年级二班", "3-2班"),
        ("3.2班", "3-2班"),
        ("三（2） 班", "3-2班"),
        ("31班", "31班"),
        ("高一（十二）班", "高1-12班"),
        ("高一12班", "高1-12班"),
        ("大班", "大班"),
        ("", ""),
    ],
)
def test_a_class_is_one_however_it_is_written(written, slot):
    assert rules.slot_of(rules.get("attendance"), {"slot_class": written}) == slot


def test_a_shift_keeps_its_name():
    assert rules.slot_of(rules.get("patrol.round"), {"slot_shift": "夜 班（二）"}) == "夜班(二)"


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("保安每班校园巡逻不少于2遍", "patrol.round"),
        ("每日对校园周边巡逻一次", "patrol.outside"),
        ("每日网上巡查一次", "patrol.online"),
        ("网格员每周网格巡查两次", "patrol.grid"),
        ("校园及周边每天巡逻不少于2次", "patrol.round"),
    ],
)
def test_a_round_past_the_school_is_none_in_it(phrase, code):
    assert rules.narrowed("patrol.round", phrase) == code
