"""The roster as people print it: days down, stations across, who leads and whom to call."""

from __future__ import annotations

import io
from typing import Any

from anyuan.kernel.exports import harmless_row
from anyuan.kernel.text import cleaned
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.queries.shifts import Table

WEEKDAYS = "一二三四五六日"


def _heads(table: Table) -> list[str]:
    return ["日期", *(f"{s.name}\n{s.starts:%H:%M}—{s.ends:%H:%M}" for s in table.stations)]


def _who(shifts: list[Shift], *, phones: bool) -> str:
    """The names of a cell, one a line; whoever leads with their number."""
    return "\n".join(
        (
            cleaned(s.person.name + (f" {s.person.phone}" if phones and s.person.phone else ""))
            if s.person
            else "（空缺）"
        )
        for s in shifts
    )


def _lines(table: Table) -> list[list[str]]:
    return [
        [
            f"{day:%m月%d日}\n周{WEEKDAYS[day.weekday()]}",
            *(
                _who(cell, phones=table.stations[i].kind == "leader")
                for i, cell in enumerate(cells)
            ),
        ]
        for day, _, cells in table.rows
    ]


def _title(unit: str, table: Table) -> str:
    return f"{unit}值勤表（{table.days[0]:%Y年%m月%d日}—{table.days[-1]:%m月%d日}）"


def xlsx(unit: str, table: Table) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "值勤表"
    sheet.append(harmless_row([_title(unit, table)]))
    sheet.append(harmless_row(_heads(table)))
    for line in _lines(table):
        sheet.append(harmless_row(line))
    width = max(1, len(table.stations) + 1)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet["A1"].font = Font(size=16, bold=True)
    thin = Side(style="thin")
    for row in sheet.iter_rows(min_row=1, max_row=sheet.max_row, max_col=width):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
            if cell.row and cell.row > 1:
                cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
    for column in range(1, width + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 14
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def docx(unit: str, table: Table) -> bytes:
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = (
        WD_ORIENT.LANDSCAPE,
        section.page_height,
        section.page_width,
    )

    def write(paragraph: Any, text: str, font: str, size: float) -> None:
        run = paragraph.add_run(text)
        run.font.size, run.font.name = Pt(size), font
        run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    write(document.add_paragraph(), _title(unit, table), "小标宋", 22)
    lines = [_heads(table), *_lines(table)]
    grid = document.add_table(rows=len(lines), cols=len(lines[0]))
    grid.style = "Table Grid"
    for i, line in enumerate(lines):
        for j, text in enumerate(line):
            write(grid.cell(i, j).paragraphs[0], text, "黑体" if i == 0 else "仿宋", 10.5)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
