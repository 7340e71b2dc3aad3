"""Starts a database for the tests alone, before Django reads its settings; gone with the tests."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="anyuan-test-"))
HOME.chmod(0o755)
(HOME / "static").mkdir()
os.environ.update(
    ANYUAN_HOME=str(HOME), ANYUAN_DEMO="1", DJANGO_SETTINGS_MODULE="anyuan.config.settings"
)
os.environ.pop("DATABASE_URL", None)

from anyuan.ops import supervisor  # noqa: E402

supervisor.prepare()
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
