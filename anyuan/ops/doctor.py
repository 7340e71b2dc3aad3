"""Looks an installation over: what is well, what is wrong, and what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _

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


def look(*more: Check) -> list[Finding]:
    """Run every check; one that fails to run is itself a finding."""
    found: list[Finding] = []
    for one in [*CHECKS, *more]:
        try:
            found += one()
        except Exception as error:
            found.append(
                Finding(
                    False,
                    _("%(check)s: the check did not finish (%(why)s)")
                    % {"check": one.__name__, "why": f"{type(error).__name__}: {error}"},
                    _("Please give this line to whoever supports you"),
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
            version >= 150000,
            _("database PostgreSQL %(n)d") % {"n": version // 10000},
            _("15 or later is needed"),
        )
        yield Finding(
            not powerful,
            _("the program works as %(user)s, under row-level security") % {"user": user},
            _("Run it as anyuan_app: do not set ANYUAN_DB_ROLE=owner"),
        )
        if session_powerful:
            yield Finding(
                None,
                _("the login of the database is a superuser"),
                _(
                    "Run anyuan migrate first: it makes a login that is of anyuan_app alone;"
                    " the user in"
                    " DATABASE_URL must be allowed to create roles"
                ),
            )
        if _owns_tables():
            yield Finding(
                None,
                _("the login of the database owns the program's tables"),
                _(
                    "Let the user in DATABASE_URL create roles and run anyuan migrate: then the"
                    " program works by a login that owns nothing"
                ),
            )
        skew = abs((there - clock.now()).total_seconds())
        yield Finding(
            skew < SKEW,
            _("this machine and its database differ by %(n).0f seconds") % {"n": skew},
            _("Set the clock (timedatectl set-ntp true); the order of records hangs on it"),
        )
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'anyuan-worker'"
        )
        yield Finding(
            cursor.fetchone()[0] > 0,
            _("the worker runs"),
            _("Verdicts are not kept up to date: start anyuan run (or anyuan worker)"),
        )
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Finding(
        not waiting,
        _("the tables are those of this version"),
        _("%(n)d steps of an upgrade wait: anyuan migrate") % {"n": len(waiting)},
    )


@check
def storage() -> Iterator[Finding]:
    from django.conf import settings

    home = serving.home()
    free = shutil.disk_usage(home).free
    yield Finding(
        free > FREE,
        _("%(home)s has %(gb).1f GB left") % {"home": home, "gb": free / 1024**3},
        _("Photos cannot be kept without room: clean up, or add some"),
    )
    yield Finding(
        os.access(home, os.W_OK),
        _("%(home)s can be written to") % {"home": home},
        _("Correct the rights of the folder"),
    )
    for name in ("secret.key", "checkpoint.key"):
        path = settings.KEYS / name
        if path.exists():
            open_ = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            yield Finding(
                not open_,
                _("%(name)s is readable by the program alone") % {"name": name},
                f"chmod 600 {path}",
            )
    folder = os.environ.get("ANYUAN_BACKUP")
    if folder:
        newest = max((p.stat().st_mtime for p in Path(folder).glob("anyuan-*.tar")), default=0)
        age = (datetime.now(UTC).timestamp() - newest) / 86400
        yield Finding(
            age < BACKUP_DAYS,
            _("the last backup is %(n).1f days old") % {"n": age}
            if newest
            else _("there is no backup yet"),
            _("anyuan backup --to %(folder)s, best each night") % {"folder": folder},
        )
    else:
        yield Finding(
            None,
            _("no folder for backups is set"),
            _("Set ANYUAN_BACKUP and run anyuan backup each night"),
        )


@check
def pages() -> Iterator[Finding]:
    import typst
    from django.conf import settings

    from anyuan.kernel import scanning

    yield Finding(
        bool(settings.STATICFILES_DIRS) or any(settings.STATIC_ROOT.glob("anyuan/*")),
        _("the files of the pages are built"),
        "make front",
    )
    families = {
        str(f)
        for f in typst.Fonts(font_paths=[p for p in settings.FONT_PATHS if p.is_dir()]).families()
    }
    yield Finding(
        bool(families & {"FangSong", "Noto Serif SC", "Noto Serif CJK SC"}),
        _("a Chinese font is there for PDF"),
        "apt-get install fonts-noto-cjk",
    )
    if not settings.DEMO:
        yield Finding(
            None if not settings.MAIL_FROM else True,
            _("mail can be sent") if settings.MAIL_FROM else _("no mail server is set"),
            (
                ""
                if settings.MAIL_FROM
                else _("Set ANYUAN_MAIL and ANYUAN_MAIL_FROM, then try one by anyuan try-mail")
            ),
        )
        if settings.BREACH_LIST:
            yield Finding(
                Path(settings.BREACH_LIST).is_file(),
                _("the list of breached passwords can be read"),
                _(
                    "ANYUAN_BREACH_LIST names a file that is not there: %(path)s;"
                    " no password can be set"
                )
                % {"path": settings.BREACH_LIST},
            )
        if settings.CLAMD:
            yield Finding(
                scanning.answers(),
                _("the virus scanner (clamd) answers"),
                _("ANYUAN_CLAMD names %(path)s, which does not answer: no photo or file is taken")
                % {"path": settings.CLAMD},
            )
        else:
            yield Finding(
                None,
                _("no virus scanner is set"),
                _("apt-get install clamav-daemon, and set ANYUAN_CLAMD=/run/clamav/clamd.ctl"),
            )
        secure = getattr(settings, "SESSION_COOKIE_SECURE", False)
        yield Finding(
            None if not secure else True,
            _("reached by HTTPS") if secure else _("HTTPS is not on"),
            "" if secure else _("Turn TLS on at the proxy, and set ANYUAN_HTTPS=1"),
        )


@check
def second_place() -> Iterator[Finding]:
    from django.conf import settings

    from anyuan.kernel import clock
    from anyuan.record.evidence import queries as evidence

    if settings.DEMO:
        return
    if not settings.CHECKPOINT_MAIL:
        yield Finding(
            None,
            _("checkpoints go to no second place"),
            _(
                "Whoever owns this machine could rewrite all. Set ANYUAN_CHECKPOINT_MAIL to a"
                " mailbox on another machine"
            ),
        )
        return
    last = evidence.last_checkpoint()
    late = last is not None and (clock.local_day(clock.now()) - last.day).days > BACKUP_DAYS
    gone = last is None or (last.taken_at is not None and not late)
    yield Finding(
        gone,
        _("the last checkpoint is at its second place")
        if gone
        else _("the last checkpoint did not reach its second place: %(why)s")
        % {"why": last.problem if last and last.problem else _("not sent yet")},
        _("Look whether the worker runs and the mail server answers (anyuan try-mail)"),
    )


@check
def connections() -> Iterator[Finding]:
    from anyuan.ops import connections as outward

    for name in outward.allowed(os.environ):
        yield Finding(
            None,
            _("%(name)s speaks to another machine in clear (allowed by ANYUAN_IN_CLEAR)")
            % {"name": name},
            _("Make sure that something else guards that way, such as a VPN"),
        )


@check
def business() -> Iterator[Finding]:
    from django.conf import settings

    from anyuan.kernel.clock import local_day, now
    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.people import queries as people
    from anyuan.org.units import queries as units

    today = local_day(now())
    with acting(SYSTEM, read_only=True):
        roots = list(units.Unit.objects.filter(parent=None).order_by("pk"))
        yield Finding(bool(roots), _("there is a unit"), "anyuan init")
        covered = [
            r
            for r in roots
            if any(t.starts <= today < t.ends for t in units.terms(r)) or units.terms(r)
        ]
        yield Finding(
            not roots or bool(covered),
            _("there is a term"),
            _(
                "Without a term there are no school days and nothing falls due:"
                " set it in the school calendar"
            ),
        )
        amiss = _first_amiss()
        yield Finding(
            not amiss,
            _("records, rows and files are as they were sealed"),
            _("%(what)s is amiss: anyuan evidence verify") % {"what": amiss} if amiss else "",
        )
        if not settings.DEMO:
            lacking = people.without_factor(settings.MFA_ROLES)
            yield Finding(
                None if lacking else True,
                _("%(n)d weighty accounts have no second factor") % {"n": lacking}
                if lacking
                else _("all weighty accounts have a second factor"),
                _("They are asked for it when they sign in next") if lacking else "",
            )
            demo = people.demo_accounts()
            yield Finding(
                not demo,
                _("there are no accounts of the sample")
                if not demo
                else _("%(n)d accounts of the sample (they cannot sign in here)") % {"n": demo},
                _("Keep the sample and the real installation apart: an ANYUAN_HOME for each"),
            )


def _first_amiss() -> str:
    """The first thing that is not as it was sealed; empty where all is."""
    from anyuan.record.evidence import queries as evidence
    from anyuan.record.proof import queries as proof

    for broken in evidence.breaks():
        return _("record %(seq)d of unit %(unit)d") % {"seq": broken.seq, "unit": broken.unit_id}
    for row in proof.amiss():
        return f"{row.table} {row.row}".strip()
    for file in evidence.files_amiss():
        return file.name
    return ""


def _owns_tables() -> bool:
    """Whether whoever signed in to the database could do more than the application may."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND"
            " relkind = 'r' AND pg_get_userbyid(relowner) = session_user)"
        )
        (owns,) = cursor.fetchone()
    return bool(owns)
