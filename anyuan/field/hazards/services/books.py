"""The ledger of hazards as offices keep it (隐患排查整改台账), as a workbook or a document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt
from openpyxl import Workbook

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.exports import harmless_row
from anyuan.kernel.text import cleaned

from ..forms import ITEMS_HEAD
from ..models import Grade, HazardState
from ..queries import Row
from ..rules import CRITERIA

MOST_ROWS = {"xlsx": 20_000, "docx": 1_000}  # of one file; our own bound
# It is a Chinese document, whatever language its reader uses. Widths in centimetres, on A4 across.
COLUMNS = (
    ("序号", 1.0),
    ("单位", 2.2),
    ("发现时间", 2.0),
    ("地点", 1.8),
    ("隐患情况", 3.4),
    ("等级", 1.2),
    ("发现人", 1.5),
    ("责任人", 1.5),
    ("整改措施", 2.8),
    ("整改时限", 2.0),
    ("临时措施", 1.8),
    ("完成时间", 2.0),
    ("整改情况", 2.4),
    ("费用", 1.2),
    ("复查人", 1.5),
    ("销号时间", 2.0),
    ("状态", 1.4),
)


def _day(moment: datetime | date | None) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(LOCAL)
    return f"{moment:%Y-%m-%d}" if moment else ""


def _grade(row: Row) -> str:
    hazard = row.hazard
    if hazard.grade != Grade.MAJOR:
        return Grade(hazard.grade).label if hazard.grade else "未判定"
    reason = "；".join(w for w in (CRITERIA.get(hazard.criterion, ""), hazard.why) if w)
    return f"重大（{reason}）"


def _cells(number: int, row: Row) -> list[object]:
    hazard = row.hazard
    said = "（文字已清除）" if row.line.erased else row.said
    state = HazardState(hazard.state).label + ("（逾期）" if row.is_late else "")
    return [
        number,
        hazard.unit.name,
        _day(hazard.found_at),
        row.line.place,
        said,
        _grade(row),
        hazard.fact.by_name,
        hazard.owner.name if hazard.owner else "",
        hazard.measure,
        _day(hazard.deadline),
        hazard.temporary,
        _day(hazard.fixed_at),
        "；".join(w for w in (hazard.result, hazard.contractor) if w),
        hazard.cost or "",
        hazard.closed_name,
        _day(hazard.closed_at),
        state,
    ]


def xlsx(title: str, rows: Sequence[Row]) -> bytes:
    """A workbook: its heads stay in view, no cell is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("隐患台账")
    sheet.freeze_panes = "A3"
    for i, (_head, width) in enumerate(COLUMNS):
        sheet.column_dimensions[chr(65 + i)].width = width * 5
    sheet.append(harmless_row([title]))
    sheet.append([head for head, _width in COLUMNS])
    for number, row in enumerate(rows, 1):
        sheet.append(harmless_row(_cells(number, row)))
    if len(rows) == MOST_ROWS["xlsx"]:
        sheet.append([_cut(len(rows))])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def docx(title: str, rows: Sequence[Row]) -> bytes:
    """A document across the page; its heads stand again on every page."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(1)
    document.styles["Normal"].font.size = Pt(9)
    document.add_heading(title, 1)
    table = document.add_table(rows=1, cols=len(COLUMNS), style="Table Grid")
    table.autofit = False
    _fill(table.rows[0], [head for head, _width in COLUMNS])
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for number, row in enumerate(rows, 1):
        _fill(table.add_row(), [cleaned(str(c)) for c in _cells(number, row)])
    if len(rows) == MOST_ROWS["docx"]:
        document.add_paragraph(_cut(len(rows)))
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _cut(rows: int) -> str:
    return f"本文件只含最新的 {rows} 条；其余请缩小范围后再导出。"


def _fill(row: object, cells: Sequence[str]) -> None:
    for cell, text, (_head, width) in zip(row.cells, cells, COLUMNS, strict=True):  # type: ignore[attr-defined]
        cell.text, cell.width = text, Cm(width)


def checklist_xlsx(items: Sequence[str]) -> bytes:
    """The items of a list, one below the other under their head; no cell is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("检查表")
    sheet.column_dimensions["A"].width = 80
    for text in (ITEMS_HEAD, *items):
        sheet.append(harmless_row([text]))
    out = BytesIO()
    book.save(out)
    return out.getvalue()
