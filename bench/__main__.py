"""Runs every benchmark on a database of its own.

BENCH_SCHOOLS sets the district's size (300 for the full one).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

home = Path(tempfile.mkdtemp(prefix="anyuan-bench-"))
home.chmod(0o755)
(home / "static").mkdir()
os.environ.update(
    ANYUAN_HOME=str(home),
    DJANGO_SETTINGS_MODULE="anyuan.config.settings",
    ANYUAN_DEMO="1",
    ANYUAN_REQUESTS="0",
)
os.environ.pop("DATABASE_URL", None)

try:
    from anyuan.ops import supervisor as serving

    serving.prepare()
    subprocess.run([sys.executable, "-m", "anyuan.ops.cli", "migrate"], check=True)
    from bench import measure

    measure.main(int(os.environ.get("BENCH_SCHOOLS", "30")))
finally:
    serving.stop_database()
    shutil.rmtree(home, ignore_errors=True)
