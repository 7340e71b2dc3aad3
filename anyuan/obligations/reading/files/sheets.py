"""Reads xlsx work lists: each sheet's rows, merged cells filled."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from .lines import Lines

MAX_ROWS = 3000  # of all sheets; our own bound, many times the longest list that was seen
MAX_COLUMNS = 40


def from_workbook(data: bytes) -> Lines:
    """:raises Exception: whatever its parts trip over; it is broken then."""
    book = load_workbook(io.BytesIO(data), data_only=True)
    lines, left = Lines(), MAX_ROWS
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            lines.say(f"隐藏的工作表没有读：{sheet.title}")
            continue
        filled: dict[tuple[int, int], object] = {
            (row, column): sheet.cell(area.min_row, area.min_col).value
            for area in list(sheet.merged_cells.ranges)[:MAX_ROWS]
            for row in range(area.min_row, min(area.max_row, area.min_row + MAX_ROWS) + 1)
            for column in range(area.min_col, area.min_col + 1)
        }
        lines.add(sheet.title)
        for row in sheet.iter_rows(
            max_row=min(sheet.max_row, left), max_col=min(sheet.max_column, MAX_COLUMNS)
        ):
            lines.row(
                [_said(filled.get((int(c.row or 0), int(c.column or 0)), c.value)) for c in row]
            )
        if sheet.max_row > left:
            lines.say(f"表格超过 {MAX_ROWS} 行，后面的没有读。")
        left = max(1, left - sheet.max_row)
    return lines


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    text = str(value)
    return "" if text.startswith("#") and text.endswith(("!", "?", "A")) else text
