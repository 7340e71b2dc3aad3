"""The notice as a document in the form that police and education offices use (GB/T 9704-2012)."""

from __future__ import annotations

import io
from datetime import date, datetime

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.text import cleaned

from .. import queries
from ..models import Notice
from ..rules import CONSEQUENCE

TITLE = "治安隐患限期整改通知书"


def _day(moment: datetime | date) -> str:
    day = moment.astimezone(LOCAL) if isinstance(moment, datetime) else moment
    return f"{day.year}年{day.month}月{day.day}日"


class _Paper:
    """A document line by line; sizes in points after GB/T 9704-2012."""

    def __init__(self) -> None:
        self.document = Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
        section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)

    def line(
        self, text: str, font: str = "仿宋", size: float = 16, *, at: str = "", indent: bool = True
    ) -> None:
        paragraph = self.document.add_paragraph()
        run = paragraph.add_run(cleaned(text))
        run.font.size, run.font.name = Pt(size), font
        run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
        paragraph.paragraph_format.line_spacing = Pt(28)
        paragraph.paragraph_format.space_after = Pt(0)
        if at:
            paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, at)
        elif indent:
            paragraph.paragraph_format.first_line_indent = Pt(size * 2)

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()


def notice_docx(notice: Notice) -> bytes:
    """The notice with its problems, what it rests on, and what became of it so far."""
    paper = _Paper()
    paper.line(TITLE, "小标宋", 22, at="CENTER")
    paper.line(str(notice), at="CENTER")
    paper.line(f"{notice.school.name}：", indent=False)
    paper.line(
        f"{_day(notice.inspected_on)}，{notice.inspectors}对你单位进行了治安检查，"
        "发现存在下列治安隐患："
    )
    for problem in notice.problems.order_by("order"):
        paper.line(f"{problem.order}．{problem.place}：{problem.subject}。")
    paper.line(
        f"根据{notice.basis}，责令你单位于{_day(notice.deadline)}前整改完毕，"
        "并将整改情况书面回告。" + (f"整改要求：{notice.demand}。" if notice.demand else "")
    )
    paper.line(CONSEQUENCE)
    paper.line(notice.office, at="RIGHT")
    paper.line(_day(notice.issued_at), at="RIGHT")
    paper.line(_served(notice))
    if notice.answered_at:
        paper.line(f"整改回告：{notice.answer}（{notice.answered_by}，{_day(notice.answered_at)}）")
    if notice.checked_at:
        passed = "合格" if notice.state == queries.NoticeState.CLOSED else "不合格"
        said = f"：{notice.conclusion}" if notice.conclusion else ""
        paper.line(f"复查结论：{passed}{said}（{notice.checked_by}，{_day(notice.checked_at)}）")
    return paper.bytes()


def _served(notice: Notice) -> str:
    if notice.served_at is None:
        return "签收人：　　　　　　　　签收时间：　　　　年　　月　　日"
    return f"签收人：{notice.served_to}　　签收时间：{_day(notice.served_at)}"
