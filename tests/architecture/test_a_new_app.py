"""An app of nothing, in a tree of its own, works without touching a central file but the settings
and its storey's contract: a page, a verb, a card, a job and a term of keeping.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = {
    "README.md": "# example\n",
    "__init__.py": "",
    "apps.py": '''
"""An app of nothing."""

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Job, Term, Verb


class Example(manifest.App):
    name = "anyuan.field.example"
    verbs = (Verb("example.wave", "fact.record", "api.wave"),)
    jobs = (Job("example", "jobs.follow"),)
    cards = (Card("example/card.html", "queries.card", 95),)
    nav = (Entry(140, "Example", "example", "board.see", ("/example/",)),)
    deeds = {"example.waved": "waved"}
    retention = (Term("example.Wave", "services.forget"),)
''',
    "api.py": "def wave(fields, *, by, at, now, command):\n    return {'waved': by.name}\n",
    "jobs.py": "async def follow():\n    return None\n",
    "queries.py": "def card(viewer, own, now):\n    return {'said': viewer.name}\n",
    "services.py": "def forget(at):\n    return 3\n",
    "views.py": (
        "from django.http import HttpResponse\n"
        "from anyuan.kernel.http import reads\n\n"
        "@reads('board.see')\n"
        "def page(request):\n    return HttpResponse('an example')\n"
    ),
    "urls.py": (
        "from django.urls import path\nfrom . import views\n"
        "urlpatterns = [path('example/', views.page, name='example')]\n"
    ),
    "templates/example/card.html": "<p>waved by {{ card.said }}</p>\n",
}
TEST = """
from uuid import uuid4
from anyuan.kernel import manifest
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.ops import retention
from anyuan.record.evidence import api
from conftest import NOON


def test_it_works(campus):
    client = campus.client("赵校长")
    assert client.get("/example/").content == b"an example"
    home = client.get("/").content.decode()
    assert "waved by 赵校长" in home
    assert '"/example/"' in home
    guard = campus.viewer("王门卫")
    status, answer = api.apply(guard, uuid4(), "example.wave", {}, "", NOON)
    assert (status, answer["result"]) == (200, {"waved": "王门卫"})
    assert retention.forget(NOON)["example.Wave"] == 3
    assert "example" in {job.name for app in manifest.all_apps() for job in app.jobs}
    assert manifest.deeds()["example.waved"] == "waved"
"""


def test_an_app_of_nothing_is_a_folder_a_setting_and_a_contract(tmp_path):
    for name in ("anyuan", "tests/__init__.py", "tests/database.py", "conftest.py"):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    for name, text in FILES.items():
        path = tmp_path / "anyuan/field/example" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), "utf-8")
    settings = tmp_path / "anyuan/config/settings.py"
    line = '    "anyuan.field.patrols",\n'
    before = settings.read_text("utf-8")
    settings.write_text(before.replace(line, f'{line}    "anyuan.field.example",\n'), "utf-8")
    contracts = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = 'layers = ["patrols", "presence | hazards"]'
    contracts = contracts.replace(layers, 'layers = ["patrols | example", "presence | hazards"]')
    (tmp_path / "pyproject.toml").write_text(contracts, "utf-8")
    (tmp_path / "tests/test_example.py").write_text(TEST, "utf-8")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("ANYUAN_", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", "tests/test_example.py"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    linter = Path(sys.executable).with_name("lint-imports")
    held = subprocess.run(
        [linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert held.returncode == 0, held.stdout[-2000:]
