"""The `anyuan` command."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from anyuan.config import keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyuan.config.settings")


def _read_settings() -> None:
    """What `anyuan init` wrote into the state folder, or lies beside the keys, which wins over it; the environment itself wins over both."""
    home = Path(os.environ.get("ANYUAN_HOME", Path(__file__).resolve().parents[2] / "var"))
    lines = []
    for folder in dict.fromkeys([keys.folder(os.environ, home), home]):
        with contextlib.suppress(OSError):
            lines += (folder / "settings.env").read_text("utf-8").splitlines()
    for line in lines:
        name, found, value = line.partition("=")
        if found and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


_read_settings()


def with_database(*, owner: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a command with Django set up and the database there; `owner` for what changes tables."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            from anyuan.config import serving

            serving.prepare(owner=owner)
            return function(*args, **kwargs)

        return wrapped

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Anyuan 安园: from a school-safety work plan to its proof."""


@main.command("make-roster", hidden=True)
@click.argument("roster_id", type=int)
@with_database()
def make_roster(roster_id: int) -> None:
    """Make one roster that was asked for; the worker calls this in a process of its own."""
    from anyuan.rosters import services

    services.make(roster_id)


@main.command("place-codes")
@click.argument("unit_id", type=int)
@with_database()
def place_codes(unit_id: int) -> None:
    """Print the letters of each place's code of a unit, as PLACE=CODE: for door plates made elsewhere."""
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.presence import queries, rules
    from anyuan.units import queries as units

    with acting(SYSTEM):
        places = units.places(units.get(unit_id))
        versions = queries.versions(places)
    for place in places:
        click.echo(f"{place.pk}={rules.code(queries.key(), place.pk, version=versions[place.pk])}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--demo",
    is_flag=True,
    help="Build the sample district if it is not there, and allow its accounts.",
)
def run(host: str, port: int, demo: bool) -> None:
    """Serve: database, web and worker, until Ctrl-C."""
    from anyuan.config import serving

    sys.exit(serving.run(host, port, demo=demo))


@main.command()
@with_database(owner=True)
def migrate() -> None:
    """Bring the database's tables up to date."""
    from anyuan.config import serving

    serving.migrate()


@main.command()
@click.option("--until", help="The last day of evidence, YYYY-MM-DD; yesterday if unsaid.")
@with_database()
def demo(until: str | None) -> None:
    """Build the sample district: 12 schools, people, plans, half a year of evidence; the same every time."""
    from anyuan.config import demo as sample

    sample.build(until)


@main.command()
@with_database()
def worker() -> None:
    """Keep verdicts and windows up to date; part of `anyuan run`."""
    from anyuan.config import serving

    serving.work()


@main.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; ANYUAN_BACKUP if unsaid.",
)
@with_database(owner=True)
def backup(folder: Path | None) -> None:
    """Write one file with the database, the attachments and the keys. Keep it where only you can read it."""
    from anyuan.config import keeping

    where = folder or (Path(os.environ["ANYUAN_BACKUP"]) if "ANYUAN_BACKUP" in os.environ else None)
    if where is None:
        raise click.UsageError("--to FOLDER, or set ANYUAN_BACKUP")
    click.echo(f"已备份到 {keeping.backup(where)}。文件中有密钥，请妥善保管。")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace whatever is here now.")
@with_database(owner=True)
def restore(file: Path, replace: bool) -> None:
    """Bring everything back from a backup FILE; stop `anyuan run` first."""
    from anyuan.config import keeping, serving

    rows = keeping.restore(file, replace=replace)
    serving.migrate()
    click.echo(f"已恢复：{len(rows)} 张表，{sum(rows.values())} 行，与备份一致。")


@main.command("new-key")
@click.option(
    "--end-old",
    is_flag=True,
    help="Forget the older keys: codes printed under them, open slips and sign-ins end.",
)
@with_database(owner=True)
def new_key(end_old: bool) -> None:
    """Make a new installation key; what the old one sealed is sealed anew, what it signed still counts. Stop `anyuan run` first."""
    from anyuan.config import keeping

    keeping.refuse_while_used()
    count, left = keys.renew(end_old=end_old)
    click.echo(
        f"已用新密钥重新加密 {count} 项。"
        if not end_old
        else f"旧密钥已作废；{count} 项由当前密钥加密。旧密钥下打印的地点码、未用的凭条和登录都已失效，请重新打印地点码。"
    )
    click.echo(f"secret.key 中现有 {left} 把密钥。请重新备份（anyuan backup）。")


@main.command()
@with_database(owner=True)
def reseal() -> None:
    """Encrypt by the current key whatever an older one holds; for keys that are kept outside the state folder."""
    click.echo(f"已由当前密钥加密 {keys.reseal()} 项。")


@main.command()
@with_database()
def doctor() -> None:
    """Say what is well, what is wrong, and what to do about it."""
    from anyuan.config import doctor as looking

    found = looking.look()
    for f in found:
        click.echo(
            f"{'✔ ' if f.ok else '· ' if f.ok is None else '✖ 未通过：'}{f.what}{'' if f.ok or not f.remedy else f'  →  {f.remedy}'}"
        )
    sys.exit(1 if any(f.ok is False for f in found) else 0)


@main.command()
@click.option(
    "--unit", prompt="单位名称（如 青禾区 或 青禾区实验小学）", help="The name of the top unit."
)
@click.option(
    "--kind",
    prompt="类别",
    type=click.Choice(["city", "district", "town", "school", "kindergarten"]),
    default="district",
    show_default=True,
)
@click.option("--name", prompt="第一位管理员的姓名", help="The first administrator.")
@click.option("--username", prompt="第一位管理员的账号", help="Their user name.")
@click.option(
    "--hosts",
    prompt="网站地址（域名，多个用逗号隔开）",
    default="127.0.0.1,localhost",
    show_default=True,
)
@click.option("--https/--no-https", prompt="前面有启用 TLS 的反向代理吗", default=False)
@click.option(
    "--mail",
    prompt="邮件服务器（smtps://账号:密码@主机:465，没有可留空）",
    default="",
    show_default=False,
    help="Where mail is sent from; may stay empty.",
)
@click.option(
    "--mail-from", default="", help="The sender's address; asked for where there is a mail server."
)
@click.option("--backup", "backup_folder", prompt="备份目录", default="", show_default=False)
def init(
    unit: str,
    kind: str,
    name: str,
    username: str,
    hosts: str,
    https: bool,
    mail: str,
    mail_from: str,
    backup_folder: str,
) -> None:
    """Set up a real installation in ANYUAN_HOME, step by step; ends with a one-time code for the first sign-in."""
    from anyuan.config import setting_up

    if mail and not mail_from:
        mail_from = click.prompt("发件人地址")
    setting_up.init(
        unit=unit,
        kind=kind,
        name=name,
        username=username,
        hosts=hosts,
        https=https,
        mail=mail,
        mail_from=mail_from,
        backup=backup_folder,
    )


@main.command("try-mail")
@click.argument("to")
@with_database()
def try_mail(to: str) -> None:
    """Send one mail to an address, to see whether the mail server takes it."""
    from django.conf import settings
    from django.core.mail import EmailMessage

    if not settings.MAIL_FROM:
        raise click.ClickException(
            "没有设置邮件服务器：在 settings.env 中写 ANYUAN_MAIL 与 ANYUAN_MAIL_FROM"
        )
    try:
        EmailMessage("安园", "这是一封测试邮件。", settings.MAIL_FROM, [to]).send(using="default")
    except OSError as error:
        raise click.ClickException(f"邮件服务器没有收下：{error}") from error
    click.echo("邮件服务器已收下。")


@main.group()
def plan() -> None:
    """Read plans."""


@plan.command("read")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "structure"]),
    default="table",
    show_default=True,
)
@click.option("--measured", is_flag=True, help="Only duties with a number, a frequency or a date.")
def plan_read(files: tuple[Path, ...], form: str, measured: bool) -> None:
    """Read FILES (txt, docx, pdf; `-` or nothing: standard input) and print what they ask."""
    from anyuan.config import reading_cli

    sys.exit(reading_cli.read(files, form, measured=measured))


@main.group()
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
@with_database()
def evidence_verify(checkpoint: Path | None, key: str | None) -> None:
    """Walk every unit's hash chain; name the first fact that was altered, removed, inserted or reordered."""
    from anyuan.evidence import queries, services
    from anyuan.kernel.scoping import SYSTEM, acting

    with acting(SYSTEM, read_only=True):
        breaks = list(queries.breaks())
        problems = [f"单位 {b.unit_id}: 第 {b.seq} 条记录 {WHAT[b.what]}" for b in breaks]
        if checkpoint:
            problems += services.check_checkpoint(json.loads(checkpoint.read_text("utf-8")), key)
        units = len(queries.heads())
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo(f"{units} 个单位的记录链完整。")
    sys.exit(1 if problems else 0)


WHAT = {"altered": "被改动", "removed": "被删除", "inserted": "被插入", "reordered": "次序被改"}


@evidence.command("checkpoint")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write it; standard output if unsaid."
)
@with_database()
def evidence_checkpoint(out: Path | None) -> None:
    """State and sign where every chain stands today; keep the file away from this machine."""
    from anyuan.evidence import services
    from anyuan.kernel.clock import local_day, now
    from anyuan.kernel.scoping import SYSTEM, acting

    moment = now()
    with acting(SYSTEM):
        body = services.checkpoint(day=local_day(moment), at=moment)
    text = json.dumps(body, ensure_ascii=False, indent=1)
    if out:
        out.write_text(text, "utf-8")
        click.echo(f"{out}: {len(body['heads'])} 个单位，公钥 {body['key']}")
    else:
        click.echo(text)


@main.group()
def assess() -> None:
    """Compute verdicts."""


@assess.command("rebuild")
@with_database()
def assess_rebuild() -> None:
    """Make every cell again from facts and bindings alone, and say whether the rows are the same."""
    from anyuan.assessment import services
    from anyuan.kernel.clock import now
    from anyuan.kernel.scoping import SYSTEM, acting

    with acting(SYSTEM):
        services.catch_up(now())
        before = services.snapshot()
        made = services.rebuild(now())
        same = before == services.snapshot()
    click.echo(f"{made} 格；与增量结果{'一致' if same else '不一致'}。")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
