"""Owns the form of official papers as documents (GB/T 9704-2012): sizes, fonts, written days."""

from __future__ import annotations

import io
from datetime import date, datetime

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from .clock import LOCAL
from .text import cleaned


def written_out(moment: datetime | date) -> str:
    day = moment.astimezone(LOCAL) if isinstance(moment, datetime) else moment
    return f"{day.year}年{day.month}月{day.day}日"


class Paper:
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

    def picture(self, png: bytes, centimetres: float) -> None:
        self.document.add_picture(io.BytesIO(png), width=Cm(centimetres))

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()
