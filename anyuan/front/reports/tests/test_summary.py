"""Every figure of a summary is counted, named, and the same in the page, the docx and the PDF."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from pypdf import PdfReader

from anyuan.front.reports import queries
from anyuan.front.reports.rules import gaps, parts, works, writing
from anyuan.front.reports.services import summaries
from anyuan.judging.assessment import services as assessment
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.kernel.text import in_chinese
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.services import recording
from conftest import NOON

FIRST, UNTIL = date(2026, 1, 1), date(2026, 7, 1)


@pytest.fixture
def found(campus, adopted):
    with acting(SYSTEM):
        school = campus.units["实验小学"]
        for days in (2, 40):
            recording.record(
                unit=school,
                fact=recording.NewFact(
                    activity="hazard.inspection", occurred_at=NOON - timedelta(days=days)
                ),
                by=SYSTEM,
                at=NOON,
            )
        assessment.catch_up(NOON)
        return queries.summary(campus.units["青禾区"], FIRST, UNTIL, NOON)


def line(found, words):
    return next(line.text for s in found.sections for line in s.lines if words in line.text)


def test_figures_are_counted_from_the_windows(found):
    # 2 schools × (March, April) closed and May open; one school met April and May.
    assert "应考核5项次，达标2项次，达标率40.0%" in line(found, "学校每月开展一次安全隐患排查：应")
    assert "留下工作记录2条，其中补录2条" in line(found, "留下工作记录")


def test_what_is_missing_is_named_and_unknown_is_not_met(found):
    gaps = next(s for s in found.sections if "存在问题" in s.heading)
    assert any("学校每月开展一次安全隐患排查：欠缺3项次" in g.text for g in gaps.lines)
    assert any("未知不计入达标" in g.text for g in gaps.lines)
    assert all(g.gap for g in gaps.lines)


def test_each_figure_leads_to_as_many_rows_as_it_says(found, campus):
    with acting(SYSTEM):
        for figure in found.figures:
            behind = queries.behind(campus.units["青禾区"], figure, FIRST, UNTIL, NOON)
            if figure.counts.endswith(("之和", "（秒）")) or figure.value.endswith("%"):
                assert behind.count, figure
            else:
                assert behind.count == int(figure.value.replace(",", "")), figure


def test_docx_and_pdf_say_what_the_page_says(found):
    with acting(SYSTEM):
        annex = queries.annex(found)
    document = Document(io.BytesIO(summaries.docx(found, annex)))
    said = [p.text for p in document.paragraphs]
    for section in found.sections:
        assert section.heading in said
        assert all(line.text in said for line in section.lines)
    assert [(r.cells[0].text, r.cells[1].text) for r in document.tables[0].rows[1:]] == [
        (r.key, r.value) for r in annex
    ]
    page = document.sections[0]
    assert [round(v.mm) for v in (page.page_width, page.top_margin, page.left_margin)] == [
        210,
        37,
        28,
    ]
    pdf = "".join(
        p.extract_text() for p in PdfReader(io.BytesIO(summaries.pdf(found, annex))).pages
    )
    assert found.title[:8] in pdf.replace("\n", "") and annex[-1].key in pdf


def _counted(*, plans, duties, works=(), ahead=()):
    return writing.Counted(
        unit="某校",
        campuses=1,
        plans=plans,
        duties=duties,
        facts=0,
        late=0,
        corrected=0,
        weakest=[],
        first=FIRST,
        until=UNTIL,
        made_on=FIRST,
        works=works,
        ahead=ahead,
    )


def test_a_gap_says_why_and_each_reason_is_a_figure():
    why = (
        gaps.Why("short", "nothing_recorded", "没有记录", 2),
        gaps.Why("short", "one_short", "只差一项", 1),
        gaps.Why("unknown", "no_roster", "没有值班表", 4),
    )
    duty = gaps.Duty(1, "巡查", "count", "方案", Counter(short=3, unknown=4), why)
    made = writing.summary(_counted(plans=["方案"], duties=[duty]))
    assert "欠缺3项次（没有记录2、只差一项1）" in line(made, "欠缺3")
    assert "（没有值班表4）" in line(made, "未知（")
    of_reasons = {f.reason: (f.verdict, f.value) for f in made.figures if f.reason}
    assert of_reasons == {
        "nothing_recorded": ("short", "2"),
        "one_short": ("short", "1"),
        "no_roster": ("unknown", "4"),
    }


def test_what_was_done_is_told_by_activity():
    works_ = [
        works.Work("drill.evacuation", "应急疏散演练", "drill", 4, people=1860, seconds=108),
        works.Work("hazard.inspection", "安全隐患排查", "hazard_inspection", 12, found=7),
    ]
    made = writing.summary(_counted(plans=[], duties=[], works=works_))
    assert line(made, "演练") == "开展应急疏散演练4次，参加1,860人次，平均用时108秒。"
    assert line(made, "隐患") == "开展安全隐患排查12次，发现问题7处。"
    headings = [(s.level, s.heading) for s in made.sections]
    assert (1, "二、主要做法") in headings
    assert (2, "（一）隐患排查与整改") in headings and (2, "（二）安全教育与应急演练") in headings


def test_a_gap_says_where_and_what_is_to_be_done():
    why = (gaps.Why("short", "nothing_recorded", "没有记录", 3),)
    where = (gaps.Where(1, "某小学", 2), gaps.Where(2, "某中学", 1))
    duty = gaps.Duty(1, "每月排查", "count", "方案", Counter(short=3), why, where)
    made = writing.summary(_counted(plans=[], duties=[duty]))
    assert line(made, "欠缺3").endswith(
        "，主要是某小学2项次、某中学1项次；应按期开展，当日留下记录。"
    )
    assert "“每月排查”" in line(made, "补齐欠缺")


def test_every_figure_that_is_numbered_stands_in_the_text():
    weakest = [(i, f"第{i}小学", 30 - i) for i in range(12)]
    duty = gaps.Duty(1, "每月排查", "count", "方案", Counter(short=3))
    made = writing.summary(replace(_counted(plans=[], duties=[duty]), weakest=weakest))
    shown = [
        p.key for s in made.sections for x in s.lines for p in x.parts if not isinstance(p, str)
    ]
    assert shown == [f.key for f in made.figures]


def test_what_comes_next_is_what_is_open():
    ahead = [
        writing.Ahead("完成消防检测", date(2026, 8, 31)),
        writing.Ahead("补装探头", date(2026, 8, 1), "周主任"),
    ]
    made = writing.summary(_counted(plans=[], duties=[], ahead=ahead))
    steps = made.sections[-1]
    assert steps.heading.endswith("下一步打算")
    assert [x.text for x in steps.lines] == [
        "1.8月1日前：补装探头（周主任）。",
        "2.8月31日前：完成消防检测。",
    ]


def test_figures_of_the_docx_lead_to_their_rows(found):
    with acting(SYSTEM):
        annex = queries.annex(found)
    body = Document(io.BytesIO(summaries.docx(found, annex))).element.body
    led_to = [h.get(qn("w:anchor")) for h in body.iter(qn("w:hyperlink"))]
    named = [b.get(qn("w:name")) for b in body.iter(qn("w:bookmarkStart"))]
    assert led_to and set(led_to) == set(named) == {r.key for r in annex}


def test_headings_numbers_and_grid_are_those_of_official_documents(found):
    document = Document(io.BytesIO(summaries.docx(found, [])))
    styles = {p.style.name for p in document.paragraphs if p.text.startswith(("一、", "二、"))}
    assert styles == {"Heading 1"}
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    assert section.footer.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert section.even_page_footer.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.LEFT
    assert section._sectPr.find(qn("w:docGrid")).get(qn("w:type")) == "linesAndChars"


def test_an_office_keeps_its_own_template(found, settings, tmp_path):
    settings.HOME = tmp_path
    (tmp_path / "templates").mkdir()
    own = Document()
    own.add_paragraph("本局自拟 {{ unit }}")
    own.save(tmp_path / "templates" / "summary.docx")
    made = Document(io.BytesIO(summaries.docx(found, [])))
    assert [p.text for p in made.paragraphs] == ["本局自拟 青禾区"]
    broken = Document()
    broken.add_paragraph("{{ unit ")
    broken.save(tmp_path / "templates" / "summary.docx")
    with pytest.raises(Refused, match=r"summary\.docx"):
        summaries.docx(found, [])
    sly = Document()
    sly.add_paragraph("{{ unit.__class__.__mro__ }}")
    sly.save(tmp_path / "templates" / "summary.docx")
    with pytest.raises(Refused):
        summaries.docx(found, [])
    (tmp_path / "templates" / "summary.docx").write_bytes(b"no docx at all")
    with pytest.raises(Refused):
        summaries.docx(found, [])


def test_numbers_that_are_none_add_nothing_and_break_nothing(campus):
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        for people in (30, "三十人", "12.5", None, "999999999999"):
            recording.record(
                unit=school,
                fact=recording.NewFact(
                    activity="drill.evacuation", occurred_at=NOON, payload={"people": people}
                ),
                by=SYSTEM,
                at=NOON,
            )
        (done,) = evidence.done([school.pk], FIRST, UNTIL)
    assert (done.times, done.people, done.seconds) == (5, 30, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("学校每月排查,做好记录", "学校每月排查，做好记录"),
        ("检查(含食堂);登记", "检查（含食堂）；登记"),
        ("每天7:30到岗, 3,000人", "每天7:30到岗， 3,000人"),
    ],
)
def test_signs_are_those_of_chinese_documents(text, said):
    assert in_chinese(text) == said


def test_a_summary_of_nothing_says_so():
    empty = writing.summary(_counted(plans=[], duties=[]))
    assert "没有欠缺" in line(empty, "没有欠缺") and "留下工作记录0条" in line(empty, "记录0")
    assert empty.title == "某校“护校安园”行动2026年上半年阶段工作总结"


def test_a_title_with_angle_brackets_stays_words():
    duty = gaps.Duty(1, "<b>检查</b> & {{ x }}", "count", "方案", Counter(met=1))
    made = writing.summary(_counted(plans=["<script>"], duties=[duty]))
    document = Document(io.BytesIO(summaries.docx(made, [])))
    assert any("<b>检查</b> & {{ x }}" in p.text for p in document.paragraphs)
    assert parts.percent(1, 3) == "33.3%" and Decimal(1)
