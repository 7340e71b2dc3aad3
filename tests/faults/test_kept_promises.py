"""Faults that once were: windows without cells, edits during adoption, documents that hang, work
that starves.
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
import time
import zipfile
from datetime import timedelta

import pytest
from django.db import connection

from anyuan.judging.assessment import jobs
from anyuan.judging.assessment import services as assessment
from anyuan.judging.assessment.models import Cell, Window
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.services import drafts, reading, review
from anyuan.obligations.reading import document, outline
from anyuan.obligations.reading.errors import NotText
from anyuan.record.evidence import queries as evidence_queries
from anyuan.record.evidence.models import Checkpoint
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload
from conftest import NOON


def test_windows_that_open_during_an_adoption_get_cells_for_every_school(campus, adopted):
    with acting(SYSTEM):
        assessment.catch_up(NOON)
        whole = assessment.snapshot()
        # As at midnight: a window has opened and nobody has filled it yet.
        day = Window.objects.filter(kind="day", opens_at__lte=NOON).order_by("-starts").first()
        Window.objects.filter(pk=day.pk).update(filled=False)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM assessment_cell WHERE starts = %s AND ends = %s",
                [day.starts, day.ends],
            )
        assert len(assessment.snapshot()) < len(whole)
        recording.owed_changed(campus.units["实验小学"])
        assessment.catch_up(NOON)
        assert assessment.snapshot() == whole
        assert Cell.objects.filter(
            unit=campus.units["柳湾中学"], starts=day.starts, ends=day.ends
        ).exists()


def test_a_worker_down_for_days_catches_up_to_what_it_would_have_known(
    campus, adopted, monkeypatch
):
    """Facts come in for three days while nobody assesses, opens windows or signs; the first tick
    afterwards makes it good.
    """
    with acting(SYSTEM):
        assessment.catch_up(NOON)
        assessment.open_windows(NOON)
    later = NOON + timedelta(days=3)
    with acting(SYSTEM):
        for hours in range(1, 72, 5):
            at = NOON + timedelta(hours=hours)
            recording.record(
                unit=campus.units["实验小学"],
                fact=recording.NewFact(activity="patrol.round", occurred_at=at, slot="白班"),
                by=SYSTEM,
                at=at,
            )
        behind = evidence_queries.pending_changes()
    assert behind >= 14
    monkeypatch.setattr(jobs, "now", lambda: later)
    jobs.daily()
    jobs.catch_up()
    with acting(SYSTEM):
        assert evidence_queries.pending_changes() == 0
        caught = assessment.snapshot()
        assessment.rebuild(later)
        assert assessment.snapshot() == caught
        # Where the chains stood on the days it was down nobody knows, so nobody signs it;
        # yesterday's is signed, and covers them.
        assert list(Checkpoint.objects.values_list("day", flat=True)) == [
            local_day(later) - timedelta(days=1)
        ]


def test_what_is_adopted_can_no_longer_be_reviewed(campus, adopted):
    officer = campus.viewer("林科长")
    duty = adopted.obligations.order_by("pk").first()
    with acting(officer):
        for act in (
            lambda: review.review(
                obligation_id=duty.pk, version=duty.version, verdict="dropped", by=officer, at=NOON
            ),
            lambda: review.split(obligation_id=duty.pk, by=officer),
            lambda: review.add(plan_id=adopted.pk, start=0, end=10, by=officer),
            lambda: review.accept_rest(plan_id=adopted.pk, by=officer, at=NOON),
        ):
            with pytest.raises(Refused, match="已审定执行"):
                act()


def test_accepting_the_rest_makes_an_older_page_stale(campus):
    officer = campus.viewer("林科长")
    with acting(officer):
        text = (
            "方案\n三、"
            "主要措施\n1.学校每月开展一次安全隐患排查,建立台账,限期整改到位,做到谁检查谁负责,并向区教育局如实报告检查的情况。"
        )
        (plan,) = reading.upload(
            unit=campus.units["青禾区"], files=[Upload("a.txt", text.encode())], by=officer, at=NOON
        )
        seen = plan.obligations.get(activity="hazard.inspection")
        review.accept_rest(plan_id=plan.pk, by=officer, at=NOON)
        with pytest.raises(drafts.Stale):
            review.review(
                obligation_id=seen.pk, version=seen.version, verdict="dropped", by=officer, at=NOON
            )


def docx(xml: str) -> bytes:
    from docx import Document

    made, out = io.BytesIO(), io.BytesIO()
    Document().save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml if name == "word/document.xml" else old.read(name))
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.mark.parametrize("xml", ["<not closed", f"<w:body {W}/>", f"<w:document {W}/>"])
def test_a_docx_with_broken_parts_is_called_broken(xml):
    with pytest.raises(NotText, match="损坏"):
        document.from_bytes("a.docx", docx(xml))


def test_a_cell_that_claims_a_million_columns_is_one_cell():
    cell = (
        "<w:tc><w:tcPr><w:gridSpan"
        ' w:val="1000000"/></w:tcPr><w:p><w:r><w:t>每月检查一次</w:t></w:r></w:p></w:tc>'
    )
    xml = f"<w:document {W}><w:body><w:tbl><w:tr>{cell}</w:tr></w:tbl></w:body></w:document>"
    assert document.from_bytes("a.docx", docx(xml)).text.strip() == "每月检查一次"


def test_a_text_without_stops_is_cut_and_loses_nothing():
    text = "1." + "学校每月检查一次、" * 400
    found = outline.sentences(outline.outline(outline.Source(text)))
    assert max(len(s.text) for s in found) <= outline.LONGEST_LINE
    assert "".join(s.text for s in found).count("检查") == 400


def test_the_days_work_is_done_however_busy_the_day(monkeypatch):
    done = []
    monkeypatch.setattr(jobs, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(jobs, "daily", lambda: done.append("daily"))
    monkeypatch.setattr(jobs, "catch_up", lambda: None)
    monkeypatch.setattr(jobs, "count_weeks", lambda: True)  # there are always more

    async def never_quiet():
        while True:
            await asyncio.sleep(0.005)
            yield {"topic": "facts"}

    monkeypatch.setattr(jobs.live, "messages", never_quiet)

    async def a_while():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(jobs.follow(), 1)

    worker = threading.Thread(target=lambda: asyncio.run(a_while()))
    worker.start()
    worker.join()
    assert len(done) > 3


def test_children_end_with_a_parent_that_is_killed():
    if sys.platform != "linux":
        pytest.skip("only Linux ends them by the kernel")
    code = (
        "import subprocess, sys, time; from anyuan.ops.children import end_with_parent;c ="
        " subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " preexec_fn=end_with_parent);print(c.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    for _ in range(50):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(child)], capture_output=True, text=True, check=False
        ).stdout.strip()
        if not state or state.startswith("Z"):
            break
        time.sleep(0.1)
    assert not state or state.startswith("Z")
