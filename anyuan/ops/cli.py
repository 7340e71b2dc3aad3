"""The `anyuan` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from anyuan.ops import environment, evidence_cli, keys
from anyuan.ops.commands import with_database
from anyuan.ops.speaking import help_in_words, said

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyuan.config.settings")


environment.read_settings()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Anyuan 安园: from a school-safety work plan to its proof."""


@main.command("make-roster", hidden=True)
@click.argument("roster_id", type=int)
@with_database()
def make_roster(roster_id: int) -> None:
    """Make one roster that was asked for; the worker calls this in a process of its own."""
    from anyuan.staffing.rosters.services import making

    making.make(roster_id)


@main.command("place-codes")
@click.argument("unit_id", type=int)
@with_database()
def place_codes(unit_id: int) -> None:
    """Print the letters of each place's code of a unit, as PLACE=CODE: for door plates made
    elsewhere.
    """
    from anyuan.field.presence import rules
    from anyuan.field.presence.queries import place_codes
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.units import queries as units

    with acting(SYSTEM):
        places = units.places(units.get(unit_id))
        versions = place_codes.versions(places)
    for place in places:
        click.echo(
            f"{place.pk}={rules.code(place_codes.key(), place.pk, version=versions[place.pk])}"
        )


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
    from anyuan.ops import supervisor as serving

    sys.exit(serving.run(host, port, demo=demo))


@main.command()
@with_database(owner=True)
def migrate() -> None:
    """Bring the database's tables up to date."""
    from anyuan.ops import supervisor as serving

    serving.migrate()


@main.command()
@click.option("--until", help="The last day of evidence, YYYY-MM-DD; yesterday if unsaid.")
@with_database()
def demo(until: str | None) -> None:
    """Build the sample district: 12 schools, people, plans, half a year of evidence; the same every
    time.
    """
    from anyuan.ops.demo import district as sample

    sample.build(until)


@main.command()
@with_database()
def worker() -> None:
    """Keep verdicts and windows up to date; part of `anyuan run`."""
    from anyuan.ops import supervisor as serving

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
    """Write one file with the database, the attachments and the keys; keep it where only you can
    read it.
    """
    from anyuan.ops import backup as keeping

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
    from anyuan.ops import backup as keeping
    from anyuan.ops import supervisor as serving

    rows = keeping.restore(file, replace=replace)
    # In a process of its own, which reads the keys that were brought back.
    serving.migrate_apart()
    click.echo(f"已恢复：{len(rows)} 张表，{sum(rows.values())} 行，与备份一致。")
    click.echo("手里有备份之后导出的核验点时，请核对：anyuan evidence verify --checkpoint 文件")


@main.command()
@click.argument("account")
@click.option("--factor", is_flag=True, help="Their second factor is lost too.")
@with_database()
def slip(account: str, factor: bool) -> None:
    """Print a one-time code by which ACCOUNT sets a new password: for a leader whom nobody else may
    help.
    """
    from anyuan.kernel.clock import now
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.people.models import Person
    from anyuan.org.people.services import accounts

    with acting(SYSTEM):
        person = Person.objects.select_related("unit").filter(username=account.lower()).first()
        if person is None:
            raise click.ClickException(f"没有账号 {account}。")
        code = accounts.invite(
            person=person, username=account.lower(), ends_factor=factor, by=SYSTEM, at=now()
        )
    click.echo(
        f"{person.name}（{person.unit.name}）在 /welcome/ 用账号 {account} 和此码设新密码：{code}"
    )


@main.command("new-key")
@click.option(
    "--end-old",
    is_flag=True,
    help="Forget the older keys: codes printed under them, open slips and sign-ins end.",
)
@with_database(owner=True)
def new_key(end_old: bool) -> None:
    """Make a new installation key; what the old one sealed is sealed anew, what it signed still
    counts. Stop `anyuan run` first.
    """
    from anyuan.ops import backup as keeping

    keeping.refuse_while_used()
    count, left = keys.renew(end_old=end_old)
    keys.tell_database()
    click.echo(
        f"已用新密钥重新加密 {count} 项。"
        if not end_old
        else (
            f"旧密钥已作废；{count} 项由当前密钥加密。旧密钥下打印的地点码、"
            "未用的开通码和登录都已失效，请重新打印地点码。"
        )
    )
    click.echo(f"secret.key 中现有 {left} 把密钥。请重新备份（anyuan backup）。")


@main.command()
@with_database(owner=True)
def reseal() -> None:
    """Encrypt by the current key whatever an older one holds; for keys that are kept outside the
    state folder.
    """
    count = keys.reseal()
    keys.tell_database()
    click.echo(f"已由当前密钥加密 {count} 项。")


@main.command()
@click.option(
    "--proxy",
    metavar="ADDRESS",
    help="Also look from outside, through the proxy at this address: https://…",
)
def doctor(proxy: str | None) -> None:
    """Say what is well, what is wrong, and what to do about it; in English where LANG says so."""
    if not environment.is_installed():
        said = {
            "en": "There is no installation in {} yet: run anyuan init.",
            "zh-hans": "{} 里还没有安装：请先运行 anyuan init。",
        }
        click.echo(SIGNS[False] + said[environment.language()].format(environment.home()))
        sys.exit(1)
    _examine(proxy)


@with_database()
def _examine(proxy: str | None) -> None:
    from django.utils import translation

    from anyuan.ops import doctor as looking
    from anyuan.ops import proxy as outside

    def through_the_proxy() -> Iterator[looking.Finding]:
        if proxy:
            yield from outside.look(proxy)

    with translation.override(environment.language()):
        found = looking.look(through_the_proxy)
    for f in found:
        sign = SIGNS[f.ok]
        remedy = f"  →  {f.remedy}" if f.remedy and not f.ok else ""
        click.echo(f"{sign}{f.what}{remedy}")
    sys.exit(1 if any(f.ok is False for f in found) else 0)


@main.command()
@click.option(
    "--unit",
    prompt=said("Name of the unit (a district or a school)"),
    help="The name of the top unit.",
)
@click.option(
    "--kind",
    prompt=said("Kind"),
    type=click.Choice(["city", "district", "town", "school", "kindergarten"]),
    default="district",
    show_default=True,
)
@click.option(
    "--name", prompt=said("Name of the first administrator"), help="The first administrator."
)
@click.option(
    "--username", prompt=said("User name of the first administrator"), help="Their user name."
)
@click.option(
    "--hosts",
    prompt=said("Addresses of the site (host names, with commas)"),
    default="127.0.0.1,localhost",
    show_default=True,
)
@click.option(
    "--https/--no-https", prompt=said("Is there a proxy with TLS before it"), default=False
)
@click.option(
    "--mail",
    prompt=said("Mail server (smtps://user:password@host:465, or nothing)"),
    default="",
    show_default=False,
    help="Where mail is sent from; may stay empty.",
)
@click.option(
    "--mail-from", default="", help="The sender's address; asked for where there is a mail server."
)
@click.option(
    "--backup", "backup_folder", prompt=said("Folder for backups"), default="", show_default=False
)
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
    """Set up a real installation in ANYUAN_HOME, step by step; ends with a one-time code for the
    first sign-in.
    """
    from anyuan.ops import init as setting_up

    if mail and not mail_from:
        mail_from = click.prompt(said("Address of the sender"))
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
    from anyuan.ops import reading_cli

    sys.exit(reading_cli.read(files, form, measured=measured))


SIGNS = {True: "✔ ", None: "· ", False: "✖ 未通过："}


main.add_command(evidence_cli.evidence)


@main.group()
def assess() -> None:
    """Compute verdicts."""


@assess.command("rebuild")
@with_database()
def assess_rebuild() -> None:
    """Make every cell again from facts and bindings, and say whether the rows are the same."""
    from anyuan.judging.assessment import services
    from anyuan.kernel.clock import now
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.record.proof import queries as proof

    with acting(SYSTEM):
        services.catch_up(now())
        before = services.snapshot()
        made = services.rebuild(now())
        same = before == services.snapshot()
        outside = [row for row in proof.amiss() if row.table.startswith(RESTS_ON)]
    click.echo(f"{made} 格；与增量结果{'一致' if same else '不一致'}。")
    for row in outside:
        click.echo(f"结果所依据的 {row.table} {row.row} 在程序之外{evidence_cli.WHAT[row.what]}")
    sys.exit(0 if same and not outside else 1)


# What verdicts are made from, beside facts.
RESTS_ON = ("plans_", "duties_", "units_", "stations_", "rosters_", "presence_", "patrols_")

help_in_words(main)

if __name__ == "__main__":
    main()
