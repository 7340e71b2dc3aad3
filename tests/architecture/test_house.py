"""What the import contract cannot see: rooms, sizes, strings, words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po
from django.apps import apps
from django.utils import translation

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "anyuan"
ROOMS = {
    "README.md", "__init__.py", "rules.py", "models.py", "queries.py", "services.py", "forms.py", "views.py", "api.py", "jobs.py", "urls.py",
    "admin.py", "migrations", "templates", "tests",
}  # fmt: skip
APPS = (
    "audit",
    "units",
    "people",
    "reach",
    "tablets",
    "intake",
    "evidence",
    "plans",
    "duties",
    "stations",
    "rosters",
    "presence",
    "patrols",
    "assessment",
    "governance",
    "reports",
    "desk",
)
FILES = [p for p in HOUSE.rglob("*.py") if "migrations" not in p.parts]
TEMPLATES = list(HOUSE.rglob("*.html"))


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_the_known_rooms_and_no_others(app):
    found = {p.name for p in (HOUSE / app).iterdir()} - {"__pycache__"}
    assert found <= ROOMS, found - ROOMS
    assert "README.md" in found
    assert len((HOUSE / app / "README.md").read_text("utf-8").splitlines()) <= 30


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_file_grows_beyond_what_one_reads_at_a_sitting(path):
    assert len(path.read_text("utf-8").splitlines()) <= 500


@pytest.mark.parametrize("app", APPS)
def test_rules_know_no_django_and_pages_no_tables(app):
    for room, forbidden in (
        ("rules.py", r"^(?:from|import) django"),
        ("views.py", r"^from .*models import"),
        ("api.py", r"^from .*models import"),
        ("jobs.py", r"^from .*models import"),
    ):
        path = HOUSE / app / room
        if path.exists():
            assert not re.search(forbidden, path.read_text("utf-8"), re.M), path


def test_modules_say_what_they_own_and_public_writes_say_what_they_do():
    for path in FILES:
        if "tests" in path.parts or path.name in {"__init__.py", "urls.py", "views.py"}:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        assert ast.get_docstring(tree), path


def test_templates_hold_no_script_and_name_only_known_addresses():
    names = set(
        re.findall(
            r'name="([\w-]+)"',
            "".join(
                (HOUSE / app / "urls.py").read_text("utf-8")
                for app in (*APPS, "config")
                if (HOUSE / app / "urls.py").exists()
            ),
        )
    )
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        assert not re.search(
            r'<script(?![^>]*(?:\bsrc=|type="application/json"))|\son\w+=', text
        ), path
        assert set(re.findall(r"""\{% url ['"]([\w-]+)['"]""", text)) <= names, path


def test_no_template_tag_runs_over_a_line_end_where_it_would_be_shown_as_words():
    for path in TEMPLATES:
        for line in path.read_text("utf-8").splitlines():
            assert line.count("{{") == line.count("}}") or "application/json" in line, (
                path,
                line[:80],
            )
            assert line.count("{%") == line.count("%}"), (path, line[:80])


def test_every_word_of_the_interface_has_its_chinese():
    with (HOUSE / "config/locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    said = {(m.id[0] if isinstance(m.id, tuple) else m.id) for m in catalog if m.id}
    missing = {
        m.id
        for m in catalog
        if m.id and not (m.string if isinstance(m.string, str) else m.string[0])
    }
    used: set[str] = set()
    for path in TEMPLATES:
        used |= {
            b for _, b in re.findall(r"""\{% translate (['"])(.*?)\1""", path.read_text("utf-8"))
        }
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"_", "gettext"}
                and isinstance(node.args[0], ast.Constant)
            ):
                used.add(node.args[0].value)
    assert not missing
    assert used <= said, used - said


def test_english_pages_hold_no_chinese_of_their_own():
    for path in TEMPLATES:
        # The letter is an official document, which is Chinese whatever the interface speaks.
        if path.name in {"language.html", "500.html", "letter.html"}:
            continue
        text = re.sub(r"\|date:\"[^\"]*\"", "", path.read_text("utf-8"))
        assert not re.search(r"[\u4e00-\u9fff]", text.replace("（", "").replace("）", "")), path


def test_each_dependency_says_why_it_is_there():
    for name in ("base", "dev"):
        for line in (ROOT / f"requirements/{name}.in").read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.search(r"#\s+\S", line), line


def test_personal_data_fields_are_classified():
    """No field or list for ethnicity, religion, petitioning or a diagnosis, anywhere in tables or catalogue."""
    forbidden = re.compile(r"ethnic|religio|petition|diagnos|民族|宗教|信访编号|病历")
    for path in HOUSE.rglob("models.py"):
        assert not forbidden.search(path.read_text("utf-8")), path
    fields = (HOUSE / "activities/catalogue.yaml").read_text("utf-8").split("activities:")[0]
    assert not forbidden.search(fields)


def test_every_field_says_whether_it_holds_personal_data_why_and_how_long():
    listed = yaml.safe_load((HOUSE / "config/personal_data.yaml").read_text("utf-8"))
    tables = {
        m._meta.label: {f.name for f in m._meta.concrete_fields}
        for m in apps.get_models()
        if m.__module__.startswith("anyuan.")
    }
    assert set(listed) == set(tables)
    for label, names in tables.items():
        entry = dict(listed[label])
        plain = set(entry.pop("none"))
        assert plain | set(entry) == names, (label, names ^ (plain | set(entry)))
        assert not plain & set(entry)
        for name, facts in entry.items():
            assert facts["class"] in {"personal", "sensitive", "minor"}, (label, name)
            assert facts["why"], (label, name)
            assert facts["keep"], (label, name)
            assert facts["class"] == "personal", (
                "a sensitive field must be encrypted, masked and logged: write that first"
            )


def test_every_deed_in_the_audit_log_has_words():
    from anyuan.kernel.templatetags.words import deed

    said = {
        v
        for p in FILES
        if "tests" not in p.parts
        for v in re.findall(
            r'(?:audit\.record|_said|said)\("([a-z_]+\.[a-z_.]+)"', p.read_text("utf-8")
        )
    }
    assert len(said) > 50
    with translation.override("zh-hans"):
        assert not {v for v in said if deed(v) == v or deed(v).isascii()}
