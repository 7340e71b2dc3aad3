"""Owns the numbers that Word prints before paragraphs: 一、 （一） 1. ① as its lists count them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
DEEPEST = 9  # levels of a list in Word


@dataclass
class Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass
class List:
    levels: dict[int, Level] = field(default_factory=dict)
    counts: list[int | None] = field(default_factory=lambda: [None] * DEEPEST)


class Numbering:
    """The lists of one document; each call of `label` counts on."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._lists: dict[str, List] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        if numbering is not None:
            self._read(numbering)
        if styles is not None:
            self._read_styles(styles)

    def _read(self, root: etree._Element) -> None:
        abstract = {
            a.get(f"{W}abstractNumId", ""): List(
                {int(v.get(f"{W}ilvl", "0")): _level(v) for v in a.iter(f"{W}lvl")}
            )
            for a in root.iter(f"{W}abstractNum")
        }
        for num in root.iter(f"{W}num"):
            link = num.find(f"{W}abstractNumId")
            base = abstract.get(link.get(f"{W}val", "") if link is not None else "")
            if base is None:
                continue
            overrides = list(num.iter(f"{W}lvlOverride"))
            own = List(dict(base.levels)) if overrides else base
            for override in overrides:
                at = int(override.get(f"{W}ilvl", "0"))
                level = override.find(f"{W}lvl")
                start = override.find(f"{W}startOverride")
                if level is not None:
                    own.levels[at] = _level(level)
                if start is not None and at in own.levels:
                    old = own.levels[at]
                    own.levels[at] = Level(old.form, old.text, _number(start, old.start))
            self._lists[num.get(f"{W}numId", "")] = own

    def _read_styles(self, root: etree._Element) -> None:
        based: dict[str, str] = {}
        for style in root.iter(f"{W}style"):
            name = style.get(f"{W}styleId", "")
            parent = style.find(f"{W}basedOn")
            if parent is not None:
                based[name] = parent.get(f"{W}val", "")
            found = _num_pr(style)
            if found:
                self._styles[name] = (found[0], found[1] or 0)
        for name in list(based):
            at, steps = name, 0
            while at not in self._styles and at in based and steps < DEEPEST:
                at, steps = based[at], steps + 1
            if at in self._styles:
                self._styles.setdefault(name, self._styles[at])

    def label(self, paragraph: etree._Element) -> str:
        """Return the number of a paragraph as it is printed; empty if it has none."""
        found = _num_pr(paragraph)
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        styled = self._styles.get(style.get(f"{W}val", "")) if style is not None else None
        if found is None and styled is None:
            return ""
        number, at = found or (styled[0], styled[1]) if styled else found or ("", 0)
        if at is None:
            at = styled[1] if styled else 0
        if not number and styled:
            number = styled[0]
        owner = self._lists.get(number)
        if number == "0" or owner is None or not 0 <= at < DEEPEST:
            return ""
        return self._count(owner, at)

    def _count(self, owner: List, at: int) -> str:
        level = owner.levels.get(at, Level())
        count = owner.counts[at]
        owner.counts[at] = level.start if count is None else count + 1
        for deeper in range(at + 1, DEEPEST):
            owner.counts[deeper] = None
        if level.form == "none":
            return ""
        if level.form == "bullet":
            return "● "

        def put(match: re.Match[str]) -> str:
            k = int(match.group(1)) - 1
            own = owner.levels.get(k, Level())
            many = owner.counts[k] if owner.counts[k] is not None else own.start
            return written(many or 0, own.form)

        return re.sub(r"%([1-9])", put, level.text)


def _num_pr(node: etree._Element) -> tuple[str, int | None] | None:
    found = node.find(f"{W}pPr/{W}numPr")
    if found is None:
        return None
    number, level = found.find(f"{W}numId"), found.find(f"{W}ilvl")
    return (
        number.get(f"{W}val", "") if number is not None else "",
        _number(level, 0) if level is not None else None,
    )


def _level(node: etree._Element) -> Level:
    form, text, start = (node.find(f"{W}{n}") for n in ("numFmt", "lvlText", "start"))
    return Level(
        form.get(f"{W}val", "decimal") if form is not None else "decimal",
        text.get(f"{W}val", "") if text is not None else "",
        _number(start, 1) if start is not None else 1,
    )


def _number(node: etree._Element, default: int) -> int:
    value = node.get(f"{W}val", "")
    return int(value) if value.isdigit() and len(value) < 6 else default


def written(n: int, form: str) -> str:
    """Return a number in one of Word's forms; forms that are not known as digits."""
    if form in {
        "chineseCounting",
        "chineseCountingThousand",
        "ideographDigital",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "ideographTraditional",
    }:
        return _chinese(n, _DIGITS, "十百千")
    if form in {"chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"}:
        return _chinese(n, _LEGAL, "拾佰仟")
    if form.startswith("decimalEnclosed") and 1 <= n <= 20:
        return chr(0x2460 + n - 1)
    if form == "upperLetter" and 1 <= n <= 26:
        return chr(64 + n)
    if form == "lowerLetter" and 1 <= n <= 26:
        return chr(96 + n)
    if form in {"upperRoman", "lowerRoman"} and 1 <= n < 40:
        roman = (
            "X" * (n // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[n % 10]
        )
        return roman if form == "upperRoman" else roman.lower()
    if form == "decimalZero":
        return f"{n:02d}"
    return str(n)


def _chinese(n: int, digits: str, scales: str) -> str:
    if not 0 < n < 10000:
        return str(n)
    out, zero = "", False
    for place, digit in enumerate(map(int, str(n))):
        scale = len(str(n)) - place - 1
        if digit == 0:
            zero = True
            continue
        out += (
            (digits[0] if zero and out else "")
            + digits[digit]
            + (scales[scale - 1] if scale else "")
        )
        zero = False
    return out[1:] if 10 <= n < 20 else out
