"""Starts and stops what `anyuan run` needs: embedded database, migrations, web server, worker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

from anyuan.ops.children import CannotStart, Child, end_with_parent

_server: Any = None


def home() -> Path:
    return Path(
        os.environ.get("ANYUAN_HOME", Path(__file__).resolve().parents[2] / "var")
    ).resolve()


def prepare(*, owner: bool = False) -> None:
    """Have the database there and Django set up in this process."""
    global _server
    from anyuan.ops import connections as outward
    from anyuan.ops import database

    if problems := outward.problems(os.environ):
        raise CannotStart(
            "以下设置会把数据不加密地发到别的机器，没有启动：\n  "
            + "\n  ".join(problems)
            + "\n确有其他保护时，用 ANYUAN_IN_CLEAR 逐项写明（如 mail,database）。"
        )
    if owner:
        os.environ["ANYUAN_DB_ROLE"] = "owner"
    if database.is_embedded() and _server is None:
        _check_writable(home())
        if sys.platform == "linux":
            _forget_the_dead(home())
        try:
            _server = database.start_embedded(home())
        except Exception as error:
            raise CannotStart(
                f"内嵌数据库没有启动（{error}）。日志在 {home() / 'pg' / 'log'}。"
                " 可以删除该目录重新开始（数据会丢失），"
                "或用 DATABASE_URL 指向一个 PostgreSQL 服务器。"
            ) from error
        _ensure_database()
    import django

    django.setup()


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"不能写入 {folder}（{error.strerror}）。请换一个可写的目录：ANYUAN_HOME=/path"
            " anyuan run"
        ) from error


def _ensure_database() -> None:
    import psycopg

    name = os.environ.get("ANYUAN_DB_NAME", "anyuan")
    with psycopg.connect(_server.get_uri(), autocommit=True) as link:
        if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            link.execute(f'CREATE DATABASE "{name}"')


def migrate() -> None:
    """Make the application's role, bring tables up to date, and grant what the role may."""
    from django.core.management import call_command
    from django.db import connection

    from anyuan.kernel import manifest, rls
    from anyuan.kernel.clock import now
    from anyuan.ops import keys
    from anyuan.record.proof import services as proof

    with connection.cursor() as cursor:
        cursor.execute(rls.ROLE_SQL)
        cursor.execute(rls.VIEWER_SQL)
    _make_login()
    changed = _are_behind()
    amiss = proof.before_upgrade() if changed else []
    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute(rls.grants_sql(manifest.append_only(), manifest.changing()))
        rls.renew(cursor)
    keys.tell_database()
    proof.watch_tables()
    if changed:
        proof.seal_anew(now(), amiss)


def _make_login() -> None:
    """The login of whatever serves people; on a server with a password of its own, unless the owner
    may make none: then `doctor` says so.
    """
    from django.conf import settings
    from django.db import connection, transaction
    from django.db.utils import ProgrammingError

    from anyuan.kernel import rls
    from anyuan.ops import database

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(rls.LOGIN_SQL)
            file = database.password_file(settings.HOME)
            if database.is_embedded() or file.exists():
                return
            password = secrets.token_urlsafe(32)
            cursor.execute(f"ALTER ROLE {database.LOGIN} PASSWORD '{password}'")
            file.touch(mode=0o600)
            file.write_text(password, "ascii")
    except (ProgrammingError, OSError):
        click.echo("数据库的所有者不能建立登录，程序仍以所有者登录；见 anyuan doctor。", err=True)


def migrate_apart() -> None:
    """The same in a process of its own. :raises click.ClickException: it failed; it said why."""
    if subprocess.run([sys.executable, "-m", "anyuan.ops.cli", "migrate"]).returncode:
        raise click.ClickException("数据库结构没有更新成功，原因见上。")


def _are_behind() -> bool:
    """Whether tables are to be brought up to date."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def run(host: str, port: int, *, demo: bool) -> int:
    """Serve until a signal; then stop every process this started. Returns the exit status."""
    from anyuan.ops import database, web

    if not database.port_is_free(host, port):
        raise CannotStart(f"{host}:{port} 已被占用。请换一个端口：anyuan run --port {port + 1}")
    if demo:
        os.environ["ANYUAN_DEMO"] = "1"
    environ = dict(os.environ)
    prepare()
    this = [sys.executable, "-m", "anyuan.ops.cli"]
    for step in (["migrate"], *([["demo"]] if demo else [])):
        if subprocess.run([*this, *step], env=environ, preexec_fn=end_with_parent).returncode:
            return 1
    _collect_static()
    _allow_connections()
    children = [
        web.pages(host, port, environ),
        *web.streams(environ),
        Child([*this, "worker"], environ),
    ]
    click.echo(f"\n安园已启动  http://{host}:{port}/   （Ctrl-C 停止）")
    if demo:
        from anyuan.ops.demo import district as sample

        click.echo(sample.sign_ins())
    return _wait(children)


def _allow_connections() -> None:
    """As many open files as this user may have: each connection is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _collect_static() -> None:
    from django.conf import settings
    from django.core.management import call_command

    if not settings.STATICFILES_DIRS:
        raise CannotStart(
            "前端还没有构建。请运行 make run（需要 Node 20 以上），或 cd frontend && npm ci && npm"
            " run build"
        )
    call_command("collectstatic", verbosity=0, interactive=False)


def _forget_the_dead(folder: Path) -> None:
    """The embedded server counts who uses it by process id; those that were killed never left the
    list.
    """
    listed = folder / "pg" / ".handle_pids.json"
    try:
        alive = [pid for pid in json.loads(listed.read_text()) if Path(f"/proc/{pid}").exists()]
        listed.write_text(json.dumps(alive))
    except (OSError, ValueError, TypeError):
        return


def _is_gone(pid: int) -> bool:
    """Whether a process has ended, though nobody may have buried it yet."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _revive_database() -> None:
    """Start the embedded server again if it is gone; PostgreSQL recovers what was committed by
    itself.

    The first try may fail while orphans of the dead server still hold its memory; it is tried again
    until it stands.
    """
    if _server is None:
        return
    listed = home() / "pg" / "postmaster.pid"
    try:
        pid = int(listed.read_text().splitlines()[0])
    except FileNotFoundError:
        pid = None
    except (OSError, ValueError, IndexError):
        return
    if pid is not None and not _is_gone(pid):
        return
    click.echo("数据库意外结束，正在重新启动。", err=True)
    try:
        # A dead server's own list of itself keeps the next one from starting.
        listed.unlink(missing_ok=True)
        _server.ensure_postgres_running()
    except Exception:
        click.echo("数据库还没有启动，稍后再试。", err=True)
        time.sleep(1)


def stop_database() -> None:
    """Let go of the embedded server; it stops with the last that holds it."""
    import psutil

    if _server is not None:
        # Somebody else may have started it anew since, under another process id.
        with contextlib.suppress(psutil.NoSuchProcess):
            _server.ensure_postgres_running()
            _server.cleanup()


def _wait(children: list[Child]) -> int:
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    while not stopping:
        time.sleep(0.2)
        _revive_database()
        for child in children:
            child.revive()
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    for child in children:
        child.stop()
    stop_database()
    click.echo("已停止。")
    return 0


def work() -> None:
    """Follow new facts and open each day's windows, until a signal."""
    # So that `anyuan doctor` sees in the database that somebody is at work.
    from django.db import connections

    connections.settings["default"]["OPTIONS"]["application_name"] = "anyuan-worker"
    with asyncio.Runner() as runner:
        runner.run(_work())


async def _work() -> None:
    from anyuan.kernel import manifest
    from anyuan.ops import retention

    jobs = [app.open(job.follow) for app in manifest.all_apps() for job in app.jobs]
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            for follow in (*jobs, retention.follow):
                group.create_task(follow())
