"""`anyuan plan read`: needs no database and no Django, so that it starts at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from anyuan.activities import rules as activities
from anyuan.reading import document, rules
from anyuan.reading.errors import ReadingError


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
    click.echo(f"\n{plan.doc}  {plan.title}")
    if plan.phases:
        click.echo(
            "阶段  " + "  ".join(f"{p.name} {p.start or '…'}~{p.end or '…'}" for p in plan.phases)
        )
    if plan.bodies:
        click.echo("机构  " + "、".join(plan.bodies))
    if plan.roles:
        click.echo("职务  " + "、".join(plan.roles))
    for report in plan.reports:
        click.echo(f"报送  {report.to}  {report.due or '随事报'}")
    click.echo("")
    rows = [o for o in plan.obligations if not measured or o.kind != "standing"]
    for o in rows:
        name = activities.get(o.activity).zh
        click.echo(
            f"  {_pad(o.section, 12)} {_pad(o.duty_holder, 12)} {_pad(name, 14)} {_pad(_measure(o), 24)} {o.action}"
        )
    standing = sum(1 for o in plan.obligations if o.kind == "standing")
    click.echo(
        f"\n  {len(plan.obligations)} 项职责，其中 {standing} 项没有数量或期限；{len(plan.unread)} 句有数字但没有读懂。"
    )
    for _, _, text in plan.unread:
        click.echo(f"  未读  {text[:70]}")


PERIODS = {
    "shift": "每班", "day": "每天", "week": "每周", "month": "每月", "quarter": "每季度", "term": "每学期", "half_year": "每半年",
    "year": "每年", "once": "一次性", "continuous": "", "before_date": "",
}  # fmt: skip


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
