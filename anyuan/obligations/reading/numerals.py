"""Chinese and Arabic numerals as plan texts write them."""

from __future__ import annotations

DIGITS = {
    **{c: i for i, c in enumerate("零一二三四五六七八九")},
    **{c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "两": 2,
    "俩": 2,
    "叁": 3,
    "参": 3,
    "乙": 1,
}
SCALES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000}
NUMERAL = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万壹贰叁参肆伍陆柒捌玖拾佰仟廿卅乙]+)"


_NEXT = "一二三四五六七八九"


def approximate(text: str) -> tuple[float, float] | None:
    """Return both ends of 两三, 三四, 一两; None if the words are exact."""
    plain = text.replace("两", "二")
    if len(plain) != 2 or any(c not in _NEXT for c in plain):
        return None
    low, high = (_NEXT.index(c) + 1 for c in plain)
    return (low, high) if high == low + 1 else None


def parse(text: str) -> float | None:
    """Return the value of a numeral such as `12`, `1.5`, `三十五`, `二〇二四`, `半`; None if it is
    not one.
    """
    if not text:
        return None
    if text == "半":
        return 0.5
    try:
        return _plain(float(text))
    except ValueError:
        pass
    text = text.replace("廿", "二十").replace("卅", "三十")
    if any(c not in DIGITS and c not in SCALES for c in text):
        return None
    if not any(c in SCALES for c in text):
        return _plain(float("".join(str(DIGITS[c]) for c in text)))
    return _plain(_scaled(text))


def _scaled(text: str) -> float:
    total, section, digit = 0, 0, 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c == "万":
            total += (section + digit) * 10_000
            section = digit = 0
        else:
            section += (digit or 1) * SCALES[c]
            digit = 0
    return total + section + digit


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value
