"""The commands that prove the evidence."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import click

from anyuan.ops.commands import with_database


@click.group()
def evidence() -> None:
    """Prove the evidence."""


@evidence.command("verify")
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True),
    help="Also compare with an exported checkpoint.",
)
@click.option(
    "--key",
    help="The public key the checkpoint must be signed with; this installation's if unsaid.",
)
@click.option(
    "--code", help="A code printed on a summary: whether the chain still goes through it."
)
@click.option("--rows", is_flag=True, help="Rows alone; the files of records are not looked at.")
@with_database()
def evidence_verify(checkpoint: Path | None, key: str | None, code: str | None, rows: bool) -> None:
    """Walk every unit's hash chain, the chain of rows, and the files of records; name what was
    altered, removed, inserted, reordered or exchanged past the program.
    """
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.record.evidence import queries
    from anyuan.record.evidence.services import checkpoints
    from anyuan.record.proof import queries as proof

    with acting(SYSTEM, read_only=True):
        problems = [f"单位 {b.unit_id}: 第 {b.seq} 条记录 {WHAT[b.what]}" for b in queries.breaks()]
        problems += [f"{row.table or '行链'} {row.row} {WHAT[row.what]}" for row in proof.amiss()]
        if not rows:
            problems += [
                f"单位 {f.unit_id}: 第 {f.seq} 条记录的附件 {f.name} {WHAT[f.what]}"
                for f in queries.files_amiss()
            ]
        if checkpoint:
            problems += checkpoints.check_checkpoint(json.loads(checkpoint.read_text("utf-8")), key)
        problems += _against(code) if code else []
        problems += _of_the_future()
        units = len(queries.heads())
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo(f"{units} 个单位的记录链完整。")
    sys.exit(1 if problems else 0)


WHAT = {
    "altered": "被改动",
    "removed": "被删除",
    "inserted": "被插入",
    "reordered": "次序被改",
    "broken": "被改写",
    "missing": "不在了",
    "changed": "不是原来的文件",
    "foreign": "不属于这条记录",
    "unnamed": "没有保存",
}


def _of_the_future() -> list[str]:
    """What is dated after now: then the clock was set back since."""
    from anyuan.kernel import clock
    from anyuan.record.evidence import queries

    last = queries.last_checkpoint()
    if last is None or last.made_at <= clock.now() + timedelta(minutes=5):
        return []
    return [f"最近的核验点写于 {last.made_at:%Y-%m-%d %H:%M}，晚于现在：本机时钟被拨回过"]


def _against(code: str) -> list[str]:
    from anyuan.record.proof import queries as proof

    try:
        return [] if proof.code_agrees(code) else [f"行链不再经过存证编码 {code}：在此之前被改写"]
    except ValueError:
        raise click.ClickException(
            "存证编码由编号、短横和十六位字符组成，如 1234-0123456789abcdef。"
        ) from None


@evidence.command("checkpoint")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write it; standard output if unsaid."
)
@with_database()
def evidence_checkpoint(out: Path | None) -> None:
    """State and sign where every chain stands today; keep the file away from this machine."""
    from anyuan.kernel.clock import local_day, now
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.audit import services as audit
    from anyuan.record.evidence.services import checkpoints

    moment = now()
    with acting(SYSTEM):
        body = checkpoints.sign(day=local_day(moment), at=moment)
        audit.record(
            "checkpoint.exported",
            by=SYSTEM,
            at=moment,
            unit_id=None,
            subject=str(out or "-")[-120:],
            units=len(body["heads"]),
        )
    text = json.dumps(body, ensure_ascii=False, indent=1)
    if out:
        out.write_text(text, "utf-8")
        click.echo(f"{out}: {len(body['heads'])} 个单位，公钥 {body['key']}")
    else:
        click.echo(text)
