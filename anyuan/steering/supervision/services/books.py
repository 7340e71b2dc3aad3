"""The summary of a stretch of days as a workbook."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook

from anyuan.kernel.exports import harmless_row

from ..queries.summary import Summary

# It is a Chinese document, whatever language its reader uses; in the order of `Sums`.
HEADS = (
    "自查次数",
    "检查项数",
    "发现隐患",
    "已销号",
    "未销号",
    "重新打开",
    "上级检查",
    "整改通知书",
    "通知书问题",
    "整改照片",
)


def xlsx(title: str, summary: Summary) -> bytes:
    """A workbook; no cell is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("阶段汇总")
    sheet.freeze_panes = "B3"
    sheet.column_dimensions["A"].width = 28
    sheet.append(harmless_row([title]))
    sheet.append(["单位", *HEADS])
    for line in summary.lines:
        name = line.name if line.unit else f"【{line.name}】"
        sheet.append(harmless_row([name, *line.cells]))
    sheet.append(["合计", *vars(summary.total).values()])
    out = BytesIO()
    book.save(out)
    return out.getvalue()
