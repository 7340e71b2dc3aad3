"""Looks an installation over: what is well, what is wrong, and what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anyuan.ops import supervisor as serving

FREE = 2 * 1024**3  # bytes; our own mark
SKEW = 60  # seconds between this machine and its database; our own mark
BACKUP_DAYS = 2


@dataclass(frozen=True)
class Finding:
    """`ok` None: not wrong, but worth knowing."""

    ok: bool | None
    what: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def look() -> list[Finding]:
    """Run every check; one that fails to run is itself a finding."""
    found: list[Finding] = []
    for one in CHECKS:
        try:
            found += one()
        except Exception as error:
            found.append(
                Finding(
                    False,
                    f"{one.__name__}：检查没有完成（{type(error).__name__}: {error}）",
                    "请把这一行交给技术支持",
                )
            )
    return found


@check
def database() -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from anyuan.kernel import clock

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, now(), current_user, (SELECT"
            " rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user), (SELECT"
            " rolsuper FROM pg_roles WHERE rolname = session_user)"
        )
        version, there, user, powerful, session_powerful = cursor.fetchone()
        yield Finding(
            version >= 150000, f"数据库 PostgreSQL {version // 10000}", "需要 15 或更新的版本"
        )
        yield Finding(
            not powerful,
            f"程序以 {user} 访问数据库，受行级权限约束",
            "请以 anyuan_app 运行：不要设置 ANYUAN_DB_ROLE=owner",
        )
        if session_powerful:
            yield Finding(
                None,
                "数据库连接的登录身份是超级用户",
                "请先运行 anyuan migrate，它会建立只属于 anyuan_app 的登录；"
                "DATABASE_URL 的用户须能建立角色",
            )
        skew = abs((there - clock.now()).total_seconds())
        yield Finding(
            skew < SKEW,
            f"本机与数据库的时钟相差 {skew:.0f} 秒",
            "请校准时钟（timedatectl set-ntp true）；记录的先后靠它",
        )
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'anyuan-worker'"
        )
        yield Finding(
            cursor.fetchone()[0] > 0,
            "后台进程在运行",
            "结果不会更新：请启动 anyuan run（或 anyuan worker）",
        )
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Finding(
        not waiting, "数据表是当前版本", f"还有 {len(waiting)} 项升级没有执行：anyuan migrate"
    )


@check
def storage() -> Iterator[Finding]:
    from django.conf import settings

    home = serving.home()
    free = shutil.disk_usage(home).free
    yield Finding(
        free > FREE, f"{home} 剩余 {free / 1024**3:.1f} GB", "空间不足时无法保存照片：请清理或扩容"
    )
    yield Finding(os.access(home, os.W_OK), f"{home} 可写", "请改正目录权限")
    for name in ("secret.key", "checkpoint.key"):
        path = settings.KEYS / name
        if path.exists():
            open_ = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            yield Finding(not open_, f"{name} 只有本程序可读", f"chmod 600 {path}")
    folder = os.environ.get("ANYUAN_BACKUP")
    if folder:
        newest = max((p.stat().st_mtime for p in Path(folder).glob("anyuan-*.tar")), default=0)
        age = (datetime.now(UTC).timestamp() - newest) / 86400
        yield Finding(
            age < BACKUP_DAYS,
            f"最近一次备份在 {age:.1f} 天前" if newest else "还没有备份",
            f"anyuan backup --to {folder}；建议每晚定时执行",
        )
    else:
        yield Finding(None, "没有设置备份目录", "设置 ANYUAN_BACKUP，并每晚执行 anyuan backup")


@check
def pages() -> Iterator[Finding]:
    import typst
    from django.conf import settings

    from anyuan.kernel import scanning

    yield Finding(
        bool(settings.STATICFILES_DIRS) or any(settings.STATIC_ROOT.glob("anyuan/*")),
        "网页文件已构建",
        "make front",
    )
    families = {
        str(f)
        for f in typst.Fonts(font_paths=[p for p in settings.FONT_PATHS if p.is_dir()]).families()
    }
    yield Finding(
        bool(families & {"FangSong", "Noto Serif SC", "Noto Serif CJK SC"}),
        "有中文字体可用于 PDF",
        "apt-get install fonts-noto-cjk",
    )
    if not settings.DEMO:
        yield Finding(
            None if not settings.MAIL_FROM else True,
            "可以发送邮件" if settings.MAIL_FROM else "没有设置邮件服务器",
            (
                ""
                if settings.MAIL_FROM
                else "设置 ANYUAN_MAIL 与 ANYUAN_MAIL_FROM，再用 anyuan try-mail 试一封"
            ),
        )
        if settings.BREACH_LIST:
            yield Finding(
                Path(settings.BREACH_LIST).is_file(),
                "泄露密码库可读",
                f"ANYUAN_BREACH_LIST 指向的文件不存在：{settings.BREACH_LIST}；设置密码会失败",
            )
        if settings.CLAMD:
            yield Finding(
                scanning.answers(),
                "病毒扫描（clamd）有应答",
                f"ANYUAN_CLAMD 指向 {settings.CLAMD}，没有应答：照片和文件暂时收不进来",
            )
        else:
            yield Finding(
                None,
                "没有设置病毒扫描",
                "apt-get install clamav-daemon，并设置 ANYUAN_CLAMD=/run/clamav/clamd.ctl",
            )
        secure = getattr(settings, "SESSION_COOKIE_SECURE", False)
        yield Finding(
            None if not secure else True,
            "通过 HTTPS 访问" if secure else "没有启用 HTTPS",
            "" if secure else "在反向代理上启用 TLS，并设置 ANYUAN_HTTPS=1",
        )


@check
def connections() -> Iterator[Finding]:
    from anyuan.ops import connections as outward

    for name in outward.allowed(os.environ):
        yield Finding(
            None,
            f"{name} 以不加密的方式连接别的机器（ANYUAN_IN_CLEAR 已允许）",
            "请确认这段网络另有保护，如专线或 VPN",
        )


@check
def business() -> Iterator[Finding]:
    from django.conf import settings

    from anyuan.kernel.clock import local_day, now
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.people import queries as people
    from anyuan.org.units import queries as units
    from anyuan.record.evidence import queries as evidence

    today = local_day(now())
    with acting(SYSTEM, read_only=True):
        roots = list(units.Unit.objects.filter(parent=None).order_by("pk"))
        yield Finding(bool(roots), "已建立单位", "anyuan init")
        covered = [
            r
            for r in roots
            if any(t.starts <= today < t.ends for t in units.terms(r)) or units.terms(r)
        ]
        yield Finding(
            not roots or bool(covered),
            "已设置学期",
            "没有学期就没有上课日，什么都不会到期：在“校历”中设置",
        )
        broken = next(iter(evidence.breaks()), None)
        yield Finding(
            broken is None,
            "记录链完整",
            (
                f"单位 {broken.unit_id} 第 {broken.seq} 条记录有问题：anyuan evidence verify"
                if broken
                else ""
            ),
        )
        if not settings.DEMO:
            lacking = people.without_factor(settings.MFA_ROLES)
            yield Finding(
                None if lacking else True,
                f"{lacking} 个重要账号还没有两步验证" if lacking else "重要账号都有两步验证",
                "他们下次登录时会被要求设置" if lacking else "",
            )
            demo = people.demo_accounts()
            yield Finding(
                not demo,
                "没有示例账号" if not demo else f"有 {demo} 个示例账号（正式运行时不能登录）",
                "示例区与正式安装请分开：各用一个 ANYUAN_HOME",
            )
