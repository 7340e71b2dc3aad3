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
        raise click.ClickException("账号为 2 至 40 个字母、数字或 . _ @ -")
    home = serving.home()
    serving._check_writable(home)
    _check_mail(mail, mail_from)
    _write_settings(hosts, https, mail, mail_from, backup)
    for variable in ("ANYUAN_DEMO", "ANYUAN_DB_ROLE"):
        os.environ.pop(variable, None)
    serving.prepare()
    if subprocess.run([sys.executable, "-m", "anyuan.ops.cli", "migrate"], check=False).returncode:
        raise click.ClickException("数据库没有建好，见上面的提示。改正后可以再次运行 anyuan init。")
    code = _first(unit.strip()[:60], kind, name.strip()[:40], username.lower())
    click.echo(f"""
安装完成：{home}
  启动          anyuan run        （ANYUAN_HOME={home}）
  首次登录      打开网站的 /welcome/，账号 {username.lower()}，开通码 {code}
                （7 天内有效，只显示这一次）
  检查          anyuan doctor
  试发邮件      anyuan try-mail 邮箱（设置了邮件服务器时）
  每晚备份      anyuan backup
接下来：登录后在“校历”设置学期，在“单位与人员”用工作簿录入学校和人员，再上传方案。""")


def _check_mail(mail: str, mail_from: str) -> None:
    from anyuan.kernel.mail import mailers
    from anyuan.org.messages.rules.ways import is_mail

    try:
        mailers(mail)
    except ValueError as error:
        raise click.ClickException(
            "邮件服务器写作 smtp://、smtp+tls:// 或 smtps://账号:密码@主机:端口"
        ) from error
    if problems := outward.problems({**os.environ, "ANYUAN_MAIL": mail}):
        raise click.ClickException("；".join(problems))
    if mail and not is_mail(mail_from):
        raise click.ClickException("发件人地址应是一个邮箱，如 anyuan@example.cn")


def _write_settings(hosts: str, https: bool, mail: str, mail_from: str, backup: str) -> None:
    path = serving.home() / "settings.env"
    if path.exists():
        raise click.ClickException(
            f"{path} 已存在：这里已有一个安装。换一个 ANYUAN_HOME，或先移走它。"
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
            raise click.ClickException("数据库里已有单位：这里已有一个安装。")
        root = units.create(parent=None, kind=kind, name=unit, opened_on=local_day(moment))
        person = persons.enter(
            unit=root, name=name, number="", phone="", title="系统管理员", by=SYSTEM, at=moment
        )
        for role in (FIRST.get(kind, "district_leader"), "operator"):
            accounts.grant(person=person, role=role, unit=root, since=local_day(moment))
        return accounts.invite(person=person, username=username, by=SYSTEM, at=moment)
