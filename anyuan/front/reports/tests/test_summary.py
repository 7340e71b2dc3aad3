"""Every figure of a summary is counted, named, and the same in the page, the docx and the PDF."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from docx import Document
from pypdf import PdfReader

from anyuan.front.reports import queries, rules, services
from anyuan.judging.assessment import services as assessment
from anyuan.kernel.scoping import SYSTEM, acting
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
    assert "应考核 5 项次，达标 2 项次，达标率 40.0%" in line(
        found, "学校每月开展一次安全隐患排查：应"
    )
    assert "留下工作记录 2 条，其中补录 2 条" in line(found, "留下工作记录")


def test_what_is_missing_is_named_and_unknown_is_not_met(found):
    gaps = next(s for s in found.sections if "差距" in s.heading)
    assert any("学校每月开展一次安全隐患排查：欠缺 3 项次" in g.text for g in gaps.lines)
    assert any("未知不计入达标" in g.text for g in gaps.lines)
    assert all(g.gap for g in gaps.lines)


def test_each_figure_leads_to_as_many_rows_as_it_says(found, campus):
    with acting(SYSTEM):
        for figure in found.figures:
            if figure.counts in rules.OF_RECORDS:
                assert len(queries.records(campus.units["青禾区"], figure, FIRST, UNTIL)) == int(
                    figure.value
                ), figure
            elif (
                figure.obligation_id or figure.counts in rules.OF_WINDOWS
            ) and not figure.value.endswith("%"):
                assert len(
                    queries.behind(campus.units["青禾区"], figure, FIRST, UNTIL, NOON)
                ) == int(figure.value), figure


def test_docx_and_pdf_say_what_the_page_says(found):
    with acting(SYSTEM):
        annex = queries.annex(found)
    document = Document(io.BytesIO(services.docx(found, annex)))
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
    pdf = "".join(p.extract_text() for p in PdfReader(io.BytesIO(services.pdf(found, annex))).pages)
    assert found.title[:8] in pdf.replace("\n", "") and annex[-1].key in pdf


def _counted(*, plans, duties):
    return rules.Counted(
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
    )


def test_a_gap_says_why_and_each_reason_is_a_figure():
    why = (
        rules.Why("short", "nothing_recorded", "没有记录", 2),
        rules.Why("short", "one_short", "只差一项", 1),
        rules.Why("unknown", "no_roster", "没有值班表", 4),
    )
    duty = rules.Duty(1, "巡查", "count", "方案", Counter(short=3, unknown=4), why)
    made = rules.summary(_counted(plans=["方案"], duties=[duty]))
    assert "欠缺 3 项次（没有记录 2、只差一项 1）" in line(made, "欠缺 3")
    assert "（没有值班表 4）" in line(made, "未知（")
    of_reasons = {f.reason: (f.verdict, f.value) for f in made.figures if f.reason}
    assert of_reasons == {
        "nothing_recorded": ("short", "2"),
        "one_short": ("short", "1"),
        "no_roster": ("unknown", "4"),
    }


def test_a_summary_of_nothing_says_so():
    empty = rules.summary(_counted(plans=[], duties=[]))
    assert "没有欠缺" in line(empty, "没有欠缺") and "留下工作记录 0 条" in line(empty, "记录 0")
    assert empty.title == "某校“护校安园”行动2026年上半年阶段工作总结"


def test_a_title_with_angle_brackets_stays_words():
    duty = rules.Duty(1, "<b>检查</b> & {{ x }}", "count", "方案", Counter(met=1))
    made = rules.summary(_counted(plans=["<script>"], duties=[duty]))
    document = Document(io.BytesIO(services.docx(made, [])))
    assert any("<b>检查</b> & {{ x }}" in p.text for p in document.paragraphs)
    assert rules.percent(1, 3) == "33.3%" and Decimal(1)
