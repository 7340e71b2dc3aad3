"""Sets up a real installation: its settings, its database, the top unit, and the first
administrator's way in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click

from anyuan.ops import connections as outward
from anyuan.ops import supervisor as serving
from anyuan.ops.speaking import said

DONE = """
Installed in %(home)s
  start             anyuan run        (ANYUAN_HOME=%(home)s)
  first sign-in     /welcome/ of the site, user name %(account)s, code %(code)s
                    (for 7 days; shown this once)
  look it over      anyuan doctor
  try the mail      anyuan try-mail ADDRESS (where there is a mail server)
  each night        anyuan backup
Then sign in, set the term in the school calendar, enter schools and people by the workbook under
Organisation, and upload the plan."""
# Who enters a school's organisation, and who a district's.
FIRST = {"school": "principal", "kindergarten": "principal"}


def init(
    *,
    unit: str,
    kind: str,
    name: str,
    username: str,
    hosts: str,
    https: bool,
    mail: str,
    mail_from: str,
    backup: str,
) -> None:
    """:raises click.ClickException: there is an installation here already, or something cannot be
    taken.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.@-]{2,40}", username):
        raise click.ClickException(said("A user name has 2 to 40 letters, digits or . _ @ -"))
    home = serving.home()
    serving._check_writable(home)
    _check_mail(mail, mail_from)
    _write_settings(hosts, https, mail, mail_from, backup)
    for variable in ("ANYUAN_DEMO", "ANYUAN_DB_ROLE"):
        os.environ.pop(variable, None)
    serving.prepare()
    if subprocess.run([sys.executable, "-m", "anyuan.ops.cli", "migrate"], check=False).returncode:
        raise click.ClickException(
            said("The database was not made; see above. Run anyuan init again once that is mended.")
        )
    code = _first(unit.strip()[:60], kind, name.strip()[:40], username.lower())
    click.echo(said(DONE) % {"home": home, "account": username.lower(), "code": code})


def _check_mail(mail: str, mail_from: str) -> None:
    from anyuan.kernel.mail import mailers
    from anyuan.org.messages.rules.ways import is_mail

    try:
        mailers(mail)
    except ValueError as error:
        raise click.ClickException(
            said("A mail server is smtp://, smtp+tls:// or smtps://user:password@host:port")
        ) from error
    if problems := outward.problems({**os.environ, "ANYUAN_MAIL": mail}):
        raise click.ClickException("；".join(problems))
    if mail and not is_mail(mail_from):
        raise click.ClickException(said("The sender is a mailbox, such as anyuan@example.cn"))


def _write_settings(hosts: str, https: bool, mail: str, mail_from: str, backup: str) -> None:
    path = serving.home() / "settings.env"
    if path.exists():
        raise click.ClickException(
            said(
                "%(path)s is there: an installation is here already. Choose another ANYUAN_HOME, or"
                " move it away first."
            )
            % {"path": path}
        )
    origins = ",".join(f"https://{h.strip()}" for h in hosts.split(",")) if https else ""
    lines = [
        "# 由 anyuan init 写入；环境变量优先。",
        f"ANYUAN_HOSTS={hosts}",
        f"ANYUAN_ORIGINS={origins}",
    ]
    lines += ["ANYUAN_HTTPS=1"] if https else []
    lines += [f"ANYUAN_MAIL={mail}", f"ANYUAN_MAIL_FROM={mail_from}"] if mail else []
    lines += [f"ANYUAN_BACKUP={backup}"] if backup else []
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _first(unit: str, kind: str, name: str, username: str) -> str:
    from anyuan.kernel.clock import local_day, now
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.people.services import accounts, persons
    from anyuan.org.units import services as units
    from anyuan.org.units.models import Unit

    moment = now()
    with acting(SYSTEM):
        if Unit.objects.exists():
            raise click.ClickException(
                said("The database holds units: an installation is here already.")
            )
        root = units.create(parent=None, kind=kind, name=unit, opened_on=local_day(moment))
        person = persons.enter(
            unit=root, name=name, number="", phone="", title="系统管理员", by=SYSTEM, at=moment
        )
        for role in (FIRST.get(kind, "district_leader"), "operator"):
            accounts.grant(person=person, role=role, unit=root, since=local_day(moment))
        return accounts.invite(person=person, username=username, by=SYSTEM, at=moment)
