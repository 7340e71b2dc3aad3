"""What the import contract cannot see: rooms, sizes, strings, words."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po
from django.apps import apps
from django.utils import translation

from anyuan.kernel import manifest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "anyuan"
ROOMS = {
    "README.md",
    "__init__.py",
    "apps.py",
    "rules.py",
    "models.py",
    "queries.py",
    "services.py",
    "forms.py",
    "views.py",
    "api.py",
    "jobs.py",
    "urls.py",
    "admin.py",
    "migrations",
    "templates",
    "tests",
}
# Computed, so that a new app is held to the rules without being named here.
APPS = sorted(p.parent.relative_to(HOUSE).as_posix() for p in HOUSE.glob("*/*/README.md"))
FILES = [p for p in HOUSE.rglob("*.py") if "migrations" not in p.parts]
TEMPLATES = list(HOUSE.rglob("*.html"))


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_the_known_rooms_and_no_others(app):
    found = {p.name for p in (HOUSE / app).iterdir()} - {"__pycache__"}
    # A room that outgrew one sitting is a package under the same name.
    found = {f"{name}.py" if f"{name}.py" in ROOMS else name for name in found}
    assert found <= ROOMS, found - ROOMS
    assert "README.md" in found
    assert len((HOUSE / app / "README.md").read_text("utf-8").splitlines()) <= 30


# One class each that lives from its state. The reader is about to be written anew.
LARGER = {
    "staffing/engine/columns.py": 480,
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_file_grows_beyond_what_one_reads_at_a_sitting(path):
    bound = LARGER.get(path.relative_to(HOUSE).as_posix(), 400)
    assert len(path.read_text("utf-8").splitlines()) <= bound


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
            opened = line.count("{{") - line.count("}}")
            assert not opened or line.strip().startswith('{"ids"'), (path, line[:80])
            assert line.count("{%") == line.count("%}"), (path, line[:80])


def test_templates_are_laid_out():
    """At most one element that begins a block in a line, and no line that runs off the screen."""
    block = re.compile(r"<(?:div|p|[uo]l|li|table|t(?:head|body|r)|section|form|details|summary)\b")
    for path in TEMPLATES:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert len(line) <= 140, (path, number)
            assert len(block.findall(line)) <= 1, (path, number)


def _translated_blocks(text):
    """The words of each block as the catalogue names them."""
    for body in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.S):
        single = " ".join(body.split("{% plural %}")[0].split())
        yield re.sub(r"{{ (\w+) }}", r"%(\1)s", single.replace("%", "%%").replace("%%}", "%}"))


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
        text = path.read_text("utf-8")
        used |= {b for _, b in re.findall(r"""\{% translate (['"])(.*?)\1""", text)}
        used |= set(_translated_blocks(text))
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"_", "gettext", "ngettext"}
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
    """No field or list for ethnicity, religion, petitioning or a diagnosis, anywhere in tables or
    catalogue.
    """
    forbidden = re.compile(r"ethnic|religio|petition|diagnos|民族|宗教|信访编号|病历")
    for path in HOUSE.rglob("models.py"):
        assert not forbidden.search(path.read_text("utf-8")), path
    fields = (HOUSE / "record/activities/catalogue.yaml").read_text("utf-8").split("activities:")[0]
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
    said = {
        deed
        for path in FILES
        if "tests" not in path.parts
        for deed in re.findall(
            r'(?:audit\.record|_said|said)\(\s*"([a-z_]+\.[a-z_.]+)"', path.read_text("utf-8")
        )
    }
    assert len(said) > 50
    assert said <= set(manifest.deeds()), said - set(manifest.deeds())
    with translation.override("zh-hans"):
        assert not {deed for deed, words in manifest.deeds().items() if str(words).isascii()}


def test_every_table_of_transitions_is_used_by_the_guarded_updates():
    for path in HOUSE.rglob("*.py"):
        if "tests" in path.parts or not re.search(
            r"^TRANSITIONS = ", path.read_text("utf-8"), re.M
        ):
            continue
        app = HOUSE.joinpath(*path.relative_to(HOUSE).parts[:2])
        services = [p for p in app.rglob("*.py") if "services" in p.relative_to(app).as_posix()]
        assert any("TRANSITIONS" in p.read_text("utf-8") for p in services), path


# Still upward: each is a page that leads on to work of an upper storey. None may be added.
UPWARD = {
    ("field/presence", "leads to patrols"),
    ("field/presence", "leads to record-choose"),
    ("judging/assessment", "leads to record"),
    ("obligations/plans", "leads to answering"),
    ("obligations/plans", "leads to exemptions"),
    ("obligations/plans", "leads to stages"),
    ("org/people", "leads to address"),
    ("org/people", "leads to answering"),
    ("org/people", "leads to calendar"),
    ("org/people", "leads to letters"),
    ("org/people", "leads to messages"),
    ("org/people", "leads to pin"),
    ("org/people", "leads to workbook"),
    ("org/people", "leads to workbook-take"),
    ("org/tablets", "includes rosters/tabs.html"),
    ("record/evidence", "leads to fact-correct"),
    ("staffing/rosters", "leads to codes"),
    ("field/presence", "leads to field"),
    ("staffing/rosters", "leads to my-shifts"),
    ("staffing/rosters", "leads to patrols"),
    ("staffing/rosters", "leads to roster-docx"),
    ("staffing/rosters", "leads to roster-xlsx"),
    ("staffing/rosters", "leads to routes"),
    ("staffing/stations", "includes rosters/tabs.html"),
    ("staffing/stations", "leads to duty-link"),
    ("staffing/stations", "leads to station-close"),
}


def _owners():
    """Which app has each template and each address, as its place in the storeys: low first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = {
        c["containers"][0]: c["layers"] for c in contracts["tool"]["importlinter"]["contracts"]
    }
    order = {"kernel": 0, "config": 10_000}
    for high, storey in enumerate(reversed(named["anyuan"]), 1):
        layers = named.get(f"anyuan.{storey}", [])
        for low, layer in enumerate(reversed(layers)):
            for app in layer.split(" | "):
                order[f"{storey}/{app}"] = high * 100 + low
    return order


def test_templates_include_and_name_addresses_downward():
    """What imports hide: a page includes, and leads to, only what its own storey may know."""
    order = _owners()
    templates, names = {}, {}
    for app in APPS:
        for path in (HOUSE / app / "templates").rglob("*.html"):
            templates[path.relative_to(HOUSE / app / "templates").as_posix()] = app
        urls = HOUSE / app / "urls.py"
        for name in re.findall(
            r'name="([\w-]+)"', urls.read_text("utf-8") if urls.exists() else ""
        ):
            names[name] = app
    upward = set()
    for path in TEMPLATES:
        if path.relative_to(HOUSE).parts[0] == "config":
            continue
        app = "/".join(path.relative_to(HOUSE).parts[:2])
        text = path.read_text("utf-8")
        for other in re.findall(r'{% include "([\w/.]+)"', text):
            upward |= (
                {(app, f"includes {other}")}
                if order[templates.get(other, app)] > order[app]
                else set()
            )
        for name in re.findall(r"""{% url ['"]([\w-]+)['"]""", text):
            upward |= (
                {(app, f"leads to {name}")} if order[names.get(name, app)] > order[app] else set()
            )
    assert upward <= UPWARD, upward - UPWARD
    assert upward == UPWARD, UPWARD - upward


# What reads plans and makes rosters is made of cases; everything else reads at a glance.
OF_CASES = {"obligations/reading", "staffing/engine"}
MOST_PATHS, MOST_ARGUMENTS, MOST_KEYS = 15, 7, 10


def _plain_modules():
    for path in HOUSE.rglob("*.py"):
        app = "/".join(path.relative_to(HOUSE).parts[:2])
        if app not in OF_CASES and not {"tests", "migrations"} & set(path.parts):
            yield path


def test_functions_are_few_paths():
    from radon.complexity import cc_visit

    for path in _plain_modules():
        for block in cc_visit(path.read_text("utf-8")):
            parts = [block, *getattr(block, "methods", ())]
            functions = [p for p in parts if type(p).__name__ == "Function"]
            for function in functions:
                where = (path, function.name, function.complexity)
                assert function.complexity <= MOST_PATHS, where


# Each field of these is one that somebody enters: what is told, what an installation is.
VERBS_OF_MANY_FIELDS = {"tell", "init"}


def test_functions_take_few_arguments():
    for path in _plain_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name not in VERBS_OF_MANY_FIELDS:
                named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                given = [a for a in named if a.arg not in {"self", "cls", "by", "at"}]
                assert len(given) <= MOST_ARGUMENTS, (path, node.name)


def test_pages_of_many_values_are_dataclasses():
    for path in _plain_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "render":
                contexts = [a for a in node.args if isinstance(a, ast.Dict)]
                assert all(len(c.keys) <= MOST_KEYS for c in contexts), (path, node.lineno)


def test_every_table_is_proved_or_listed_with_its_reason():
    guide = (ROOT / "docs" / "guide" / "security.md").read_text("utf-8")
    listed = set(re.findall(r"`([a-z0-9]+_[a-z0-9_]+)`", guide.split("## What no seal covers")[1]))
    tables = {m._meta.db_table for m in apps.get_models()}
    assert tables - set(manifest.proved()) == listed - {"people_person"}
