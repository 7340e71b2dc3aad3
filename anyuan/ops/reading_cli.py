"""`anyuan plan read`: needs no database and no Django, so that it starts at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from anyuan.obligations.reading import document, rules
from anyuan.obligations.reading.errors import ReadingError
from anyuan.record.activities import rules as activities


def read(files: Sequence[Path], form: str, *, measured: bool) -> int:
    """Print every plan of the files; returns 1 if one could not be read (the others still are)."""
    failed = 0
    for source in _documents(files):
        if isinstance(source, str):
            click.echo(source, err=True)
            failed = 1
            continue
        for warning in source.warnings:
            click.echo(warning, err=True)
        for plan in rules.read(source.name, source.text):
            if form == "structure":
                click.echo(json.dumps(plan.as_structure(), ensure_ascii=False))
            elif form == "jsonl":
                for obligation in plan.obligations:
                    if not measured or obligation.kind != "standing":
                        click.echo(json.dumps(obligation.as_row(plan.doc), ensure_ascii=False))
                for unread in plan.unread:
                    click.echo(json.dumps(unread.as_row(plan.doc), ensure_ascii=False))
            else:
                _table(plan, measured=measured)
    return failed


def _documents(files: Sequence[Path]) -> Iterator[document.Document | str]:
    for path in files or (Path("-"),):
        try:
            if str(path) == "-":
                yield document.from_bytes("标准输入", sys.stdin.buffer.read(document.MAX_BYTES + 1))
            else:
                yield document.read(path)
        except ReadingError as error:
            yield str(error)
        except OSError as error:
            yield f"{path}: 打不开（{error.strerror}）。请检查路径。"


def _table(plan: rules.Plan, *, measured: bool) -> None:
    for line in (*_head(plan), "", *_rows(plan, measured=measured), *_foot(plan)):
        click.echo(line)


def _head(plan: rules.Plan) -> Iterator[str]:
    yield f"\n{plan.doc}  {plan.title}"
    if plan.phases:
        spans = [f"{p.name} {p.start or '…'}~{p.end or '…'}" for p in plan.phases]
        yield "阶段  " + "  ".join(spans)
    if plan.bodies:
        yield "机构  " + "、".join(plan.bodies)
    if plan.roles:
        yield "职务  " + "、".join(plan.roles)
    for report in plan.reports:
        yield f"报送  {report.to}  {report.due or '随事报'}"


def _rows(plan: rules.Plan, *, measured: bool) -> Iterator[str]:
    for o in plan.obligations:
        if measured and o.kind == "standing":
            continue
        name = activities.get(o.activity).zh
        where = f"{_pad(o.section, 12)} {_pad(o.duty_holder, 12)}"
        mark = "？" if o.doubts else ""
        yield f"  {where} {_pad(name, 14)} {_pad(_measure(o), 24)} {mark}{o.action}"


def _foot(plan: rules.Plan) -> Iterator[str]:
    standing = sum(1 for o in plan.obligations if o.kind == "standing")
    yield (
        f"\n  {len(plan.obligations)} 项职责，其中 {standing} 项没有数量或期限；{len(plan.unread)}"
        " 处数字未识别。"
    )
    for unread in plan.unread:
        words = "、".join(unread.numbers)
        yield f"  未识别  {words + '：' if words else ''}{unread.text[:70]}"


PERIODS = {
    "shift": "每班",
    "day": "每天",
    "week": "每周",
    "month": "每月",
    "quarter": "每季度",
    "term": "每学期",
    "half_year": "每半年",
    "year": "每年",
    "once": "一次性",
    "continuous": "",
    "before_date": "",
}


def _measure(o: rules.Obligation) -> str:
    sign = {">=": "≥", "<=": "≤", "==": "", "exists": ""}[o.comparator]
    number = (
        ""
        if o.quantity is None
        else f"{sign}{o.quantity:g}" + (f"~{o.quantity_max:g}" if o.quantity_max else "")
    )
    return " ".join(
        p
        for p in (PERIODS[o.period], f"{number}{o.unit or ''}" if number else "", o.due or "")
        if p
    )


def _pad(text: str, width: int) -> str:
    shown = sum(2 if ord(c) > 0x2E80 else 1 for c in text)
    return text + " " * max(0, width - shown)
