"""Makes the template of summaries that offices may edit (`summary.docx` of reports). Run it after
changing it here.

Measures: GB/T 9704-2012 (standards §11): A4, margins 37/35/28/26 mm, body 3 号 (16 pt) 仿宋, title
2 号 (22 pt) 小标宋,
22 lines a page: 225 mm / 22 = 29 pt.
"""

from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

OUT = Path(__file__).parents[1] / "anyuan/front/reports/templates/reports/summary.docx"


def font(run: Run, name: str, size: float, *, bold: bool = False) -> None:
    run.font.name = "Times New Roman"
    run.font.size = Pt(size)
    run.bold = bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def line(
    document: Document,
    text: str,
    name: str = "仿宋",
    size: float = 16,
    *,
    align: int | None = None,
    indent: bool = True,
    bold: bool = False,
) -> Paragraph:
    paragraph = document.add_paragraph()
    font(paragraph.add_run(text), name, size, bold=bold)
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = (
        WD_LINE_SPACING.EXACTLY,
        Pt(29 if size < 20 else 36),
    )
    shape.space_before = shape.space_after = Pt(0)
    if indent:
        shape.first_line_indent = Pt(size * 2)
    if align is not None:
        paragraph.alignment = align
    return paragraph


def heading(document: Document, text: str, level: int, name: str) -> None:
    """A heading that Word lists as one: 一、 in 黑体, （一） in 楷体, 16 pt, not bold."""
    style = document.styles[f"Heading {level}"]
    style.font.name, style.font.size, style.font.bold = "Times New Roman", Pt(16), False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), name)
    paragraph = line(document, text, name)
    paragraph.style = style


def page_numbers(document: Document) -> None:
    """On the outer side of the page: right on odd ones, left on even ones, a character from it."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    right, left = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
    page_number(section.footer.paragraphs[0], right)
    page_number(section.even_page_footer.paragraphs[0], left)


def grid(document: Document) -> None:
    """22 lines of 28 characters: 225 mm / 22 = 29 pt a line, 156 mm / 28 = 15.79 pt a character."""
    sect = document.sections[0]._sectPr
    for old in sect.findall(qn("w:docGrid")):
        sect.remove(old)
    element = OxmlElement("w:docGrid")
    element.set(qn("w:type"), "linesAndChars")
    element.set(qn("w:linePitch"), "580")
    element.set(qn("w:charSpace"), "-849")
    sect.append(element)


def page_number(paragraph: Paragraph, side: int) -> None:
    paragraph.alignment = side
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = Pt(14)
    for text, code in (("— ", None), ("", "PAGE"), (" —", None)):
        run = paragraph.add_run(text)
        font(run, "宋体", 14)
        if code:
            for kind, inner in (("begin", None), (None, code), ("end", None)):
                if kind:
                    element = OxmlElement("w:fldChar")
                    element.set(qn("w:fldCharType"), kind)
                else:
                    element = OxmlElement("w:instrText")
                    element.text = inner
                run._element.append(element)


def main() -> None:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(37),
        Mm(35),
        Mm(28),
        Mm(26),
    )
    page_numbers(document)
    grid(document)
    center, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    for i in (0, 1):
        line(document, f"{{{{ title[{i}] }}}}", "方正小标宋简体", 22, align=center, indent=False)
    line(document, "", indent=False)
    line(document, "{%p for s in sections %}")
    line(document, "{%p if s.level == 1 %}")
    heading(document, "{{ s.heading }}", 1, "黑体")
    line(document, "{%p else %}")
    heading(document, "{{ s.heading }}", 2, "楷体")
    line(document, "{%p endif %}")
    line(document, "{%p for p in s.paragraphs %}")
    line(document, "{{ p }}")
    line(document, "{%p endfor %}")
    line(document, "{%p endfor %}")
    line(document, "", indent=False)
    for text in ("{{ unit }}", "{{ date }}"):
        line(document, text, align=right, indent=False).paragraph_format.right_indent = Pt(64)
    document.add_page_break()
    line(document, "附表", "黑体", indent=False)
    line(document, "数字出处", "方正小标宋简体", 18, align=center, indent=False)
    line(
        document,
        "统计时段：{{ span }}。每个数字由该时段内的记录计算，"
        "可在系统中按编号查看对应的考核期与记录。",
        size=12,
        indent=False,
    )
    table = document.add_table(rows=4, cols=4)
    table.style = "Table Grid"
    rows = (
        ("编号", "数字", "计数对象", "职责出处"),
        ("{%tr for r in annex %}", "", "", ""),
        ("{{ r.key }}", "{{ r.value }}", "{{ r.counts }}", "{{ r.source }}"),
        ("{%tr endfor %}", "", "", ""),
    )
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            font(cell.paragraphs[0].add_run(text), "仿宋", 10.5)
    document.save(OUT)


if __name__ == "__main__":
    main()
