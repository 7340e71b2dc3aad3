"""What the program imports is what it installs: a library that only the tests bring along fails
first on somebody's server.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITHOUT_THE_REST = """
import importlib, pkgutil, re, sys
from importlib.metadata import packages_distributions
from pathlib import Path

def same(name):
    return re.sub(r"[-_.]+", "-", name).lower()

text = Path("requirements/base.txt").read_text()
locked = {same(n) for n in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.M)} | {"anyuan", "pip"}
hidden = {top for top, of in packages_distributions().items() if not locked & {same(d) for d in of}}

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
assert "pytest" in hidden
import django
django.setup()
import anyuan
for module in pkgutil.walk_packages(anyuan.__path__, "anyuan."):
    if not re.search(r"[.]tests|[.]migrations[.]|__main__$", module.name):
        importlib.import_module(module.name)
from anyuan.judging.assessment.rules.verdicts import cells_sql, verdict_sql
cells_sql(), verdict_sql()
"""


def test_the_program_runs_on_what_is_locked_for_it(tmp_path):
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "anyuan.config.settings",
        "ANYUAN_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_REST],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
