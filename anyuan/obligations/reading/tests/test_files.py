"""Files as offices have them: what is read, what is left out and said, what is refused."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
import typst
from django.conf import settings
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from openpyxl import Workbook

from anyuan.obligations.reading import document, rules
from anyuan.obligations.reading.errors import (
    EmptyDocument,
    Encrypted,
    NotText,
    ReadingError,
    TooLarge,
)

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
TITLE = "<w:p><w:r><w:t>柳湾学校安全方案</w:t></w:r></w:p>"


def docx(body, **parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{W}" xmlns:mc="{MC}"><w:body>{TITLE}{body}'
            f"</w:body></w:document>",
        )
        for name, words in parts.items():
            archive.writestr(f"word/{name}.xml", f'<w:{name} xmlns:w="{W}">{words}</w:{name}>')
    return out.getvalue()


def p(text, inside=""):
    return f"<w:p>{inside}<w:r><w:t>{text}</w:t></w:r></w:p>"


def text_of(name, data):
    return document.from_bytes(name, data).text


def asked(name, data):
    found = document.from_bytes(name, data)
    return [
        (o.duty_holder, o.comparator, o.quantity, o.unit, o.period)
        for plan in rules.read(name, found.text)
        for o in plan.obligations
        if o.kind != "standing"
    ]


# -- docx ---------------------------------------------------------------------
NUMBERING = "".join(
    f'<w:abstractNum w:abstractNumId="{n}">{levels}</w:abstractNum>'
    for n, levels in (
        (
            1,
            '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt'
            ' w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>'
            '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt'
            ' w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>'
            '<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
            '<w:lvlText w:val="%3."/></w:lvl>',
        ),
    )
) + "".join(
    f'<w:num w:numId="{n}"><w:abstractNumId w:val="1"/>{more}</w:num>'
    for n, more in (
        (1, ""),
        (2, '<w:lvlOverride w:ilvl="2"><w:startOverride w:val="1"/></w:lvlOverride>'),
    )
)


def numbered(text, level, number=1):
    return p(
        text,
        f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>',
    )


def test_numbers_that_word_prints_are_read():
    body = (
        numbered("工作要求", 0)
        + numbered("守门", 1)
        + numbered("保安每班巡逻不少于3遍。", 2)
        + numbered("门卫登记来访。", 2)
        + numbered("查房", 1)
        + numbered("宿管每晚查寝2次。", 2)
        + numbered("步骤", 0)
    )
    lines = text_of("a.docx", docx(body, numbering=NUMBERING)).split("\n")
    assert [line[:4] for line in lines[1:]] == [
        "一、工作", "（一）守", "1.保安", "2.门卫", "（二）查", "1.宿管", "二、步骤",
    ]  # fmt: skip


def test_a_table_gives_each_duty_to_the_one_in_its_column():
    def row(*cells, merged=None):
        out = ""
        for i, cell in enumerate(cells):
            down = (
                f"<w:tcPr><w:vMerge{merged[i]}/></w:tcPr>"
                if merged and merged[i] is not None
                else ""
            )
            out += f"<w:tc>{down}{p(cell)}</w:tc>"
        return f"<w:tr>{out}</w:tr>"

    body = (
        "<w:tbl>"
        + row("序号", "任务", "责任人", "频次")
        + row("1", "校园巡逻", "护校队", "每日4次", merged=[None, None, ' w:val="restart"', None])
        + row("2", "隐患排查", "", "每周1次", merged=[None, None, "", None])
        + row("3", "疏散演练", "德育处", "每学期2次")
        + "</w:tbl>"
    )
    assert asked("a.docx", docx(body)) == [
        ("护校队", "==", 4, "次", "day"),
        ("护校队", "==", 1, "次", "week"),
        ("德育处", "==", 2, "次", "term"),
    ]


def test_tracked_changes_are_read_as_accepted_and_said():
    body = (
        "<w:p><w:r><w:t>保安每天巡逻</w:t></w:r><w:del><w:r><w:delText>2次"
        "</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>4次</w:t></w:r></w:ins><w:r><w:t>。</w:t></w:r></w:p>"
    )
    found = document.from_bytes("a.docx", docx(body))
    assert "每天巡逻4次" in found.text and "修订" in found.warnings[0]
    assert asked("a.docx", docx(body)) == [("保安", "==", 4, "次", "day")]


def test_boxes_controls_and_footnotes_are_read_once_and_hidden_words_are_not():
    box = f"<w:txbxContent>{p('门卫每天点名2次。')}</w:txbxContent>"
    body = (
        f"<w:p><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
        f"<w:sdt><w:sdtContent>{p('学校每月开展一次安全检查。')}</w:sdtContent></w:sdt>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>学校每天演练9次。</w:t></w:r></w:p>"
        '<w:p><w:r><w:t>保安每班巡逻</w:t></w:r><w:r><w:footnoteReference w:id="3"/></w:r></w:p>'
    )
    data = docx(body, footnotes=f'<w:footnote w:id="3">{p("不少于2遍")}</w:footnote>')
    found = document.from_bytes("a.docx", data)
    assert found.text.count("点名2次") == 1 and "每月开展一次" in found.text
    assert "9次" not in found.text and "（注：不少于2遍）" in found.text
    assert any("隐藏" in w for w in found.warnings)


def test_a_part_that_lies_about_its_size_is_not_unpacked():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * (81 << 20) + b"</a>")
    with pytest.raises(TooLarge, match="压缩包"):
        document.from_bytes("a.docx", bomb.getvalue())


# -- other kinds --------------------------------------------------------------
def test_what_a_file_is_decides_and_not_its_name():
    html = (
        '<html><head><meta charset="gb2312"><style>p{line-height:150%}</style>'
        "</head><body><h1>柳湾学校制度</h1>"
        "<p>一、保安每班巡逻不少于3遍。</p><div style='display: none'>学校每天演练9次。</div>"
        "<table><tr><td>任务</td><td>责任人</td></tr><tr><td>每周检查1次</td>"
        "<td>总务处</td></tr></table></body></html>"
    ).encode("gb18030")
    text = text_of("方案.doc", html)
    assert "150%" not in text and "9次" not in text and "每周检查1次\t总务处" in text
    rtf = (
        rb"{\rtf1\ansi\ansicpg936"
        rb" \'d1\'a7\'d0\'a3\'c3\'bf\'d4\'c2\'d1\'dd\'c1\'b7\'d2\'bb\'b4\'ce\'a1\'a3\par}"
    )
    assert "学校每月演练一次。" in text_of("方案.doc", rtf)
    marked = (
        "# 柳湾学校制度\n\n| 任务 | 责任人 |\n|---|---|\n| 每周**检查**1次 | 总务处 |\n".encode()
    )
    assert text_of("方案.md", marked).endswith("每周检查1次\t总务处\n")


def test_an_odt_with_a_table_and_a_deletion():
    ns = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<o:document-content xmlns:o="{ns}office:1.0" xmlns:t="{ns}text:1.0"'
        f' xmlns:b="{ns}table:1.0"><o:body><o:text>'
        "<t:tracked-changes><t:p>学校每天演练9次。</t:p></t:tracked-changes>"
        "<t:h>柳湾学校制度</t:h><t:p>保安每班<t:s/>巡逻3遍。</t:p><b:table>"
        "<b:table-row><b:table-cell><t:p>任务</t:p>"
        "</b:table-cell><b:table-cell><t:p>责任人</t:p></b:table-cell></b:table-row></b:table>"
        "</o:text></o:body></o:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("content.xml", content)
    found = document.from_bytes("a.odt", out.getvalue())
    assert (
        found.text == "柳湾学校制度\n保安每班 巡逻3遍。\n任务\t责任人"
        and "修订" in found.warnings[0]
    )


def test_a_workbook_gives_its_rows_and_says_what_is_hidden():
    book = Workbook()
    sheet = book.active
    sheet.append(["任务", "责任人", "频次"])
    sheet.append(["校园巡逻", "护校队", "每日4次"])
    sheet.append(["隐患排查", None, "每周1次"])
    sheet.merge_cells("B2:B3")
    book.create_sheet("旧").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert asked("清单.xlsx", out.getvalue()) == [
        ("护校队", "==", 4, "次", "day"),
        ("护校队", "==", 1, "次", "week"),
    ]
    assert any("旧" in w for w in document.from_bytes("清单.xlsx", out.getvalue()).warnings)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "big5"]
)
def test_text_in_any_encoding(encoding):
    words = (
        "學校每月開展一次安全檢查，門衛每班巡邏不少於3遍。"
        if encoding == "big5"
        else "学校每月开展一次安全检查，门卫每班巡逻不少于3遍。"
    )
    assert text_of("a.txt", (words * 3).encode(encoding)).strip("\ufeff") == words * 3


@pytest.mark.parametrize("words", ["مەكتەپ بىخەتەرلىكى " * 20, "སློབ་གྲྭའི་བདེ་འཇགས། " * 20])
def test_a_script_that_is_not_understood_is_refused_and_not_guessed_at(words):
    with pytest.raises(NotText, match="目前读不了"):
        document.from_bytes("a.txt", words.encode())


# -- PDF ----------------------------------------------------------------------
def pdf(source):
    fonts = [str(path) for path in settings.FONT_PATHS if path.is_dir()]
    page = (
        '#set page(paper: "a4", numbering: "1")\n#set text(font: "Noto Serif'
        ' CJK SC", lang: "zh", size: 12pt)\n'
    )
    return typst.compile((page + source).encode(), font_paths=fonts)


def test_a_table_in_a_pdf_keeps_its_cells():
    data = pdf(
        "柳湾学校安全任务表\n\n#table(columns: (2cm, 4cm, 3cm, 5cm), [序号], [任务], "
        "[责任人], [频次],"
        " [1], [校园巡逻], [护校队], [每日4次], [2], [隐患排查和整改情况的书面报告], "
        "[总务处], [每周1次],"
        " [3], [疏散演练], [德育处], [每学期2次])"
    )
    assert asked("a.pdf", data) == [
        ("护校队", "==", 4, "次", "day"),
        ("后勤处", "==", 1, "次", "week"),
        ("德育处", "==", 2, "次", "term"),
    ]


def test_two_columns_are_read_one_after_the_other():
    left = "".join(f"第{i}条，保安每班巡逻不少于3遍，并认真做好记录。" for i in range(1, 30))
    data = pdf(f"#columns(2)[{left}]")
    text = text_of("a.pdf", data).replace("\n", "").replace(" ", "")
    assert text.count("保安每班巡逻不少于3遍") == 29
    assert "\t" not in text


def test_page_numbers_and_running_heads_do_not_come_between_words():
    lines = "".join(
        f"#v(6pt)值班教师每隔2小时巡查一次宿舍楼，并且做好第{i}处的记录，发现隐患立即报告学校。\n\n"
        for i in range(60)
    )
    text = text_of("a.pdf", pdf(f"#set page(header: [柳湾学校文件])\n{lines}"))
    assert text.count("柳湾学校文件") == 0
    found = [o for plan in rules.read("a", text) for o in plan.obligations if o.kind != "standing"]
    assert {(o.quantity, o.unit) for o in found} == {(2, "小时/次")}


# -- old Word -----------------------------------------------------------------
def old_word(text, *, locked=False):
    """A file as Word 97 lays it out, as small as can be: one piece of UTF-16."""
    raw = text.encode("utf-16-le")
    stream = bytearray(2048) + raw
    struct.pack_into("<H", stream, 0, 0xA5EC)
    struct.pack_into("<H", stream, 10, 0x0200 | (0x0100 if locked else 0))
    struct.pack_into("<I", stream, 0x4C, len(text))
    plc = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 2048, 0)
    clx = b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", stream, 0x1A2, 0, len(clx))
    return bytes(stream), clx


def test_old_word_by_its_piece_table(monkeypatch):
    from anyuan.obligations.reading.files import old_word as reader

    stream, clx = old_word("柳湾学校制度\r保安每班巡逻3遍。\r")
    assert reader._text(stream, clx) == "柳湾学校制度\n保安每班巡逻3遍。\n"
    with pytest.raises(reader.NoWord):
        reader._text(stream, clx[:5])
    with pytest.raises(Encrypted, match="密码"):
        document.from_bytes("a.doc", document.OLE_MAGIC + b"0" * 600)


# -- whatever comes -----------------------------------------------------------
KINDS = {
    "docx": docx(p("学校每月演练一次。")),
    "html": "<html><body><p>学校每月演练一次。</p></body></html>".encode(),
    "rtf": rb"{\rtf1\ansi\ansicpg936 \'d1\'a7\'d0\'a3\par}",
    "ole": document.OLE_MAGIC + bytes(512),
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "txt": "学校每月演练一次。".encode(),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@bounds(max_examples=40, deadline=None)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(kind, data):
    whole = bytearray(KINDS[kind])
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    whole = whole[: data.draw(st.integers(1, len(whole)))]
    try:
        found = document.from_bytes("x", bytes(whole))
    except ReadingError as error:
        assert str(error).startswith("x")
    else:
        rules.read("x", found.text)


def test_an_empty_document_says_so():
    with pytest.raises(EmptyDocument):
        document.from_bytes("a.html", b"<html><body></body></html>")
