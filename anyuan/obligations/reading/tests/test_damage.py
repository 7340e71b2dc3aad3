"""A number, a bound or a frequency that damage changed is never given out as sure."""

from __future__ import annotations

import re

import pytest

from anyuan.obligations.reading import rules

HEAD = "清溪学校安全工作制度\n一、工作要求\n"
SENTENCES = (
    "1.保安每班巡逻校园不少于3遍，并做好记录。",
    "2.值班教师每隔2小时巡查一次宿舍楼。",
    "3.学校每两周召开一次安全例会。",
    "4.每学期至少组织两次以上消防演练。",
    "5.安全知识知晓率达到百分之九十五以上。",
    "6.监控录像保存不少于三十天。",
    "7.每个校门配备保安员不少于2人。",
    "8.消防器材完好率不低于98%。",
    "9.门卫室24小时有人值守。",
    "10.各校于11月20日前将总结报送县教育局。",
    "11.护校队每日巡查，分上午、下午、晚上三次。",
    "12.发生事故应当在2小时内报告区教育局。",
    "13.值周教师每天7:10至7:50在校门口护学。",
    "14.班主任每学期家访不少于12户。",
    "15.保安年龄不超过55周岁。",
    "16.校门两侧80米范围内不得摆摊设点。",
    "17.每层楼梯口安排1名教师，每个课间不少于1名。",
    "18.后勤处每月检查消防器材2次，每季度检修一次。",
)


def measured(text):
    """What is given out as sure: (comparator, quantity, unit, period) of measured duties."""
    (plan,) = rules.read("x", text)
    return [
        ((o.comparator, o.quantity, o.unit, o.period), o)
        for o in plan.obligations
        if o.kind != "standing"
    ]


WHOLE = HEAD + "\n".join(SENTENCES)
EXPECTED = {key for key, _ in measured(WHOLE)}


def wrong(text):
    return [(key, o.quote) for key, o in measured(text) if key not in EXPECTED and not o.doubts]


def places():
    return [(i, j) for i, s in enumerate(SENTENCES) for j in range(3, len(s))]


def damaged(i, change):
    lines = list(SENTENCES)
    lines[i] = change(lines[i])
    return HEAD + "\n".join(lines)


def test_what_the_sentences_ask_is_read_at_all():
    assert ("==", 3, "次", "day") in EXPECTED  # 分上午、下午、晚上三次
    assert (">=", 3, "遍", "shift") in EXPECTED and (">=", 98, "%", "continuous") in EXPECTED
    assert len(EXPECTED) >= 18


@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n", " \n　", "\n  "])
def test_a_line_end_at_any_place(between):
    found = [
        (i, j, w)
        for i, j in places()
        if (w := wrong(damaged(i, lambda s, j=j: s[:j] + between.replace("\r\n", "\n") + s[j:])))
    ]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("space", [" ", "　", "  ", "\u00a0", "\u200b"])
def test_a_space_at_any_place(space):
    found = [
        (i, j, w)
        for i, j in places()
        if (w := wrong(damaged(i, lambda s, j=j: s[:j] + space + s[j:])))
    ]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize(
    "letters",
    [
        ("0", "O"),
        ("1", "l"),
        ("1", "I"),
        ("0", "o"),
        ("2", "Z"),
        ("5", "S"),
        ("8", "B"),
        ("3", "З"),
    ],
)
def test_a_digit_read_as_a_letter(letters):
    digit, letter = letters
    found = []
    for i, sentence in enumerate(SENTENCES):
        for match in re.finditer(digit, sentence[3:]):
            at = match.start() + 3
            text = damaged(i, lambda s, at=at: s[:at] + letter + s[at + 1 :])
            found += [(i, w) for w in wrong(text)]
    assert not found, "\n".join(map(str, found))


def test_full_width_digits_and_points_are_the_same():
    wide = str.maketrans(
        {chr(c): chr(c + 0xFEE0) for c in range(0x30, 0x3A)} | {"%": "％", ":": "：", "，": "﹐"}
    )
    text = HEAD + "\n".join(s[:3] + s[3:].translate(wide) for s in SENTENCES)
    assert {key for key, _ in measured(text)} == EXPECTED
