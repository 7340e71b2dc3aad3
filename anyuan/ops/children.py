"""The processes that `anyuan run` starts, each started again when it ends by itself."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

import click


class CannotStart(click.ClickException):
    """Something outside the program is in the way; the message says what to do."""


def end_with_parent() -> None:
    """In the child: a process group of its own, ended by the kernel if this process is killed."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


LONGEST_PAUSE = 30.0  # seconds before a child that keeps ending is started again
STEADY = 60.0  # seconds after which a child counts as well again


class Child:
    """A process that is started again when it ends by itself; the more often, the later."""

    def __init__(self, args: list[str], environ: dict[str, str]) -> None:
        self.args, self.environ = args, environ
        self.pause = 0.0
        self.due: float | None = None
        self._start()

    def _start(self) -> None:
        self.started, self.due = time.monotonic(), None
        self.process = subprocess.Popen(self.args, env=self.environ, preexec_fn=end_with_parent)

    def revive(self) -> None:
        """Start it again if it ended and its pause is over."""
        now = time.monotonic()
        if self.due is not None:
            if now >= self.due:
                self._start()
        elif self.process.poll() is not None:
            self._end_group()
            self.pause = (
                0.5 if now - self.started > STEADY else min(LONGEST_PAUSE, max(0.5, self.pause * 2))
            )
            self.due = now + self.pause
            click.echo(
                f"进程 {self.args[-1]} 意外结束（{self.process.returncode}），{self.pause:g}"
                " 秒后重新启动。",
                err=True,
            )

    def stop(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self._end_group()

    def _end_group(self) -> None:
        # The web server's own workers too, should one be too busy to hear.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
