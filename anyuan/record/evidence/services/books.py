"""The ledger as a file, as it was narrowed on the page."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.shared import Cm
from openpyxl import Workbook

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.exports import harmless_row
from anyuan.kernel.templatetags.words import choice, plain, spoken

from ..queries import Line

MOST_ROWS = {"xlsx": 20_000, "docx": 1_000}  # of one file; our own bound
_WIDTHS = (3.2, 3.2, 2.8, 1.6, 2.8, 8.0, 1.8, 1.8)  # centimetres, on A4 across


def heads() -> list[str]:
    """What stands above the columns."""
    return [
        _("When"),
        _("Unit"),
        _("Activity"),
        _("Quantity"),
        _("Place"),
        _("What was said"),
        _("By"),
        _("How it is known"),
    ]


def _cells(line: Line) -> list[object]:
    fact = line.fact
    said = line.said + (_("(words erased)") if line.erased else "")
    marks = [choice(fact, "how")]
    marks += [_("withdrawn")] if fact.withdrawn else []
    marks += [_("corrected")] if getattr(fact, "corrected_by", None) else []
    return [
        fact.occurred_at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M"),
        fact.unit.name,
        spoken(line.activity),
        f"{plain(fact.quantity)} {fact.slot}".strip(),
        line.place,
        said,
        fact.by_name,
        " · ".join(marks),
    ]


def xlsx(title: str, lines: Sequence[Line]) -> bytes:
    """A workbook: its heads stay in view, no cell is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Ledger"))
    sheet.freeze_panes = "A3"
    for column, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width * 5
    sheet.append(harmless_row([title]))
    sheet.append(heads())
    for line in lines:
        sheet.append(harmless_row(_cells(line)))
    if len(lines) == MOST_ROWS["xlsx"]:
        sheet.append([_cut(len(lines))])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def docx(title: str, lines: Sequence[Line]) -> bytes:
    """A document across the page; its heads stand again on every page."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(2)
    document.add_heading(title, 1)
    table = document.add_table(rows=1, cols=len(_WIDTHS), style="Table Grid")
    _fill(table.rows[0], heads())
    _repeat(table.rows[0])
    for line in lines:
        _fill(table.add_row(), [str(c) for c in _cells(line)])
    if len(lines) == MOST_ROWS["docx"]:
        document.add_paragraph(_cut(len(lines)))
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _cut(rows: int) -> str:
    return _("Only the newest %(n)d records are in this file. Narrow the ledger for the rest.") % {
        "n": rows
    }


def _fill(row: object, cells: Sequence[str]) -> None:
    for cell, text, width in zip(row.cells, cells, _WIDTHS, strict=True):  # type: ignore[attr-defined]
        cell.text, cell.width = text, Cm(width)


def _repeat(row: object) -> None:
    mark = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(mark)  # type: ignore[attr-defined]
