"""Owns rows of tables: which column says who, and how a row reads as one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import holders, titles

_WHO = re.compile(
    r"责任(?:人|部门|单位|处室|科室|岗位)?|负责(?:人|部门|处室)?|执行(?:人|者|部门)?|值守人员?|实施(?:人|部门)|牵头(?:部门|单位)?|责任主体|承办"
)
_NUMBER = re.compile(r"序号|编号|项目号|^号$|^No\.?$")
_WHAT = re.compile(r"任务|项目|内容|工作|事项|措施|检查点|部位|名称|岗位|活动|主题")
_HEADS = re.compile(r"频次|频率|时限|时间|标准|要求|人数|地点|次数|周期|备注|日期")
BLANK = "□"


def cells(text: str) -> list[tuple[int, str]]:
    """Return the cells of a row with where each begins; empty if the text is no row."""
    if text.count("\t") < 1:
        return []
    out, at = [], 0
    for cell in text.split("\t"):
        out.append((at, cell))
        at += len(cell) + 1
    return out


def header(text: str) -> list[str] | None:
    """Return the kind of each column (who, number, what, other) if the row heads a table."""
    names = [re.sub(r"\s", "", cell) for _, cell in cells(text)]
    if len(names) < 2 or any(len(n) > 14 or re.search(r"\d", n) for n in names):
        return None
    known = [bool(p.search(n)) for n in names for p in (_WHO, _NUMBER, _WHAT, _HEADS)]
    if sum(known) < 2:
        return None
    return [_kind(name) for name in names]


def _kind(name: str) -> str:
    if _NUMBER.search(name):
        return "number"
    if _WHO.search(name):
        return "who"
    return "what" if _WHAT.search(name) else "other"


def spoken(text: str, columns: Sequence[str]) -> tuple[str, str, str]:
    """Return (the row as a sentence of the same length, who it binds, its number).

    The cell of who and the number are blanked; the cell of what becomes the label of the row.
    """
    said, who, number = list(text), "", ""
    labelled = False
    for i, (at, cell) in enumerate(cells(text)):
        kind = columns[i] if i < len(columns) else "other"
        if kind in {"who", "number"}:
            said[at : at + len(cell)] = BLANK * len(cell)
        if kind == "who" and not who:
            who = names(cell)
        if kind == "number":
            number = cell.strip()
        end = at + len(cell)
        if end < len(said):
            said[end] = ":" if kind == "what" and not labelled else ","
            labelled = labelled or kind == "what"
    return "".join(said), who, number


def names(cell: str) -> str:
    """Return the holders named in a cell, else its own words where they are few."""
    found = "/".join(dict.fromkeys(s.names for s in holders.subjects(cell)))
    return found or titles.bound(cell) or (cell.strip() if 1 < len(cell.strip()) <= 12 else "")
