"""Makes the files of a summary: docx that offices edit and archive, PDF from the same data. Official format: GB/T 9704-2012."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from .queries import Row, last_day
from .rules import Summary

TEMPLATES = Path(__file__).parent / "templates" / "reports"


def _data(found: Summary, annex: list[Row]) -> dict[str, Any]:
    return {
        "title": found.title_lines,
        "unit": found.unit,
        "date": f"{found.made_on.year}年{found.made_on.month}月{found.made_on.day}日",
        "span": f"{found.first:%Y-%m-%d} 至 {last_day(found.until):%Y-%m-%d}",
        "sections": [{"heading": s.heading, "paragraphs": [line.text for line in s.lines]} for s in found.sections],
        "annex": [{"key": r.key, "value": r.value, "counts": r.counts, "source": r.source} for r in annex],
    }


def docx(found: Summary, annex: list[Row]) -> bytes:
    from docxtpl import DocxTemplate

    document = DocxTemplate(TEMPLATES / "summary.docx")
    document.render(_data(found, annex), autoescape=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(found: Summary, annex: list[Row]) -> bytes:
    import typst

    compile_: Any = typst.compile
    return bytes(
        compile_(
            TEMPLATES / "summary.typ",
            font_paths=[str(p) for p in settings.FONT_PATHS if p.is_dir()],
            sys_inputs={"data": json.dumps(_data(found, annex), ensure_ascii=False)},
        )
    )
