"""The same as a file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from anyuan.kernel.exports import harmless_row

from .reading import MAX_ROWS
from .sheets import SHEETS


def write_workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Make the workbook of an organisation; of an empty one, the template.

    What it writes can be read back.
    """
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, columns in SHEETS.items():
        sheet: Any = book.create_sheet(title)
        sheet.append([c.label + ("*" if c.required else "") for c in columns])
        sheet.freeze_panes = "A2"
        for i, column in enumerate(columns, 1):
            letter, cell = get_column_letter(i), sheet.cell(1, i)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E4F0F0")
            sheet.column_dimensions[letter].width = (
                28 if column.most > 40 and column.kind == "text" else 14
            )
            options = list(column.choices) or (["是", "否"] if column.kind == "yes" else [])
            if options:
                check = DataValidation(
                    type="list", formula1=f'"{",".join(options)}"', allow_blank=True
                )
                check.add(f"{letter}2:{letter}{MAX_ROWS}")
                sheet.add_data_validation(check)
            if column.hint:
                cell.comment = Comment(column.hint, "安园")
        for row in sheets.get(title, ()):
            sheet.append(harmless_row(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
