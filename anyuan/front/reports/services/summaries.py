"""Makes the files of a summary: docx that offices edit and archive, PDF from the same data.

Official format: GB/T 9704-2012.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.conf import settings
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.text import cleaned

from ..queries import Row, last_day
from ..rules.parts import Figure, Line, Summary
from . import figures

TEMPLATES = Path(__file__).parents[1] / "templates" / "reports"


def _data(summary: Summary, annex: list[Row]) -> dict[str, Any]:
    return {
        "title": summary.title_lines,
        "unit": summary.unit,
        "date": f"{summary.made_on.year}年{summary.made_on.month}月{summary.made_on.day}日",
        "span": _span(summary),
        "annex": [
            {"key": r.key, "value": r.value, "counts": r.counts, "source": r.source} for r in annex
        ],
    }


def _span(summary: Summary) -> str:
    """The time it is about, and where the chain of rows stood: on paper elsewhere, it shows later
    whether the chain was rewritten.
    """
    span = f"{summary.first:%Y-%m-%d} 至 {last_day(summary.until):%Y-%m-%d}"
    return f"{span}；存证编码 {summary.code}" if summary.code else span


def _marked(line: Line) -> str:
    return "".join(
        cleaned(p) if isinstance(p, str) else figures.marked(p.key, p.value) for p in line.parts
    )


def template() -> Path:
    """The docx that summaries are filled into: the office's own, kept with its data, else ours."""
    own = settings.HOME / "templates" / "summary.docx"
    return own if own.exists() else TEMPLATES / "summary.docx"


def docx(summary: Summary, annex: list[Row]) -> bytes:
    """A summary as docx; each figure leads to its row of the annex.

    :raises Refused: the office's own template can't be filled in.
    """
    from docx.opc.exceptions import OpcError
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    chosen = template()
    sections = [
        {"heading": s.heading, "level": s.level, "paragraphs": [_marked(x) for x in s.lines]}
        for s in summary.sections
    ]
    try:
        document = DocxTemplate(chosen)
        document.render(
            {**_data(summary, annex), "sections": sections},
            # A template comes from an office: it fills in, and reaches nothing else.
            jinja_env=SandboxedEnvironment(autoescape=True),
        )
    except (TemplateError, OpcError, BadZipFile, ValueError, KeyError) as error:
        raise Refused(
            _("The template %(path)s cannot be filled in: %(why)s. Correct it, or take it away.")
            % {"path": chosen, "why": error}
        ) from error
    figures.link(document.docx)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(summary: Summary, annex: list[Row]) -> bytes:
    import typst

    sections = [
        {
            "heading": s.heading,
            "level": s.level,
            "paragraphs": [[_said(p) for p in line.parts] for line in s.lines],
        }
        for s in summary.sections
    ]
    data = {**_data(summary, annex), "sections": sections}
    compile_: Any = typst.compile
    return bytes(
        compile_(
            TEMPLATES / "summary.typ",
            font_paths=[str(p) for p in settings.FONT_PATHS if p.is_dir()],
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    )


def _said(part: str | Figure) -> dict[str, str]:
    if isinstance(part, str):
        return {"text": cleaned(part), "key": ""}
    return {"text": part.value, "key": part.key}
