"""Whatever is changed past the program is found; and what the program wrote is found to be so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def run(server, *command):
    environ = {
        **os.environ,
        "ANYUAN_HOME": str(server.home),
        "ANYUAN_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "anyuan.config.settings",
    }
    environ.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, *command], env=environ, capture_output=True, text=True, check=False
    )


def test_what_the_program_wrote_is_found_to_be_so(server):
    done = run(server, "-m", "anyuan.ops.cli", "evidence", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_column_of_every_proved_table_altered_is_found(server, figures):
    done = run(server, str(Path(__file__).with_name("mutations.py")), os.environ.get("FAULTS", "1"))
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    tried = sum(said["tried"].values()) - said["tried"].get("refused by the database", 0)
    figures("alterations of what is proved, by the owner", tried, tried - len(said["missed"]))
    figures(
        "alterations that the database refuses", said["tried"].get("refused by the database", 0), 0
    )
    assert tried > 200, said
    assert not said["missed"], said["missed"][:20]
