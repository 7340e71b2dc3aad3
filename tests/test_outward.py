"""Nothing goes to another machine in clear, and the program connects to nothing that its operator
did not name.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.test import Client

from anyuan.ops import connections as outward
from anyuan.ops import database
from anyuan.ops import supervisor as serving

HOUSE = Path(__file__).parents[1] / "anyuan"


@pytest.mark.parametrize(
    ("name", "clear", "kept"),
    [
        (
            "DATABASE_URL",
            "postgresql://u:p@db.example.cn/anyuan?sslmode=prefer",
            [
                "postgresql://u:p@db.example.cn/anyuan",
                "postgresql://u@/anyuan?host=/run/postgresql",
                "postgresql://u@127.0.0.1/anyuan?sslmode=disable",
            ],
        ),
        (
            "ANYUAN_MAIL",
            "smtp://mail.example.cn",
            [
                "smtps://mail.example.cn",
                "smtp+tls://mail.example.cn:587",
                "smtp://127.0.0.1:25",
                "",
            ],
        ),
        (
            "ANYUAN_TEXT_GATEWAY",
            "json://gateway.example.cn/send?:phone={phone}",
            ["jsons://gateway.example.cn/send?:phone={phone}", "json://localhost/x"],
        ),
        (
            "ANYUAN_OIDC_URL",
            "http://id.example.cn/realm",
            ["https://id.example.cn/realm", "http://127.0.0.1:9/"],
        ),
        ("ANYUAN_CLAMD", "10.0.0.7:3310", ["/run/clamav/clamd.ctl", "127.0.0.1:3310", ""]),
    ],
)
def test_what_is_sent_in_clear_elsewhere_is_not_begun(name, clear, kept, monkeypatch):
    (problem,) = outward.problems({name: clear})
    assert problem.startswith(name)
    monkeypatch.setenv(name, clear)
    with pytest.raises(serving.CannotStart, match=name):
        serving.prepare()
    assert not [p for value in kept for p in outward.problems({name: value})]


def test_an_operator_allows_it_by_name_and_is_told(monkeypatch):
    environ = {
        "ANYUAN_MAIL": "smtp://mail.example.cn",
        "ANYUAN_CLAMD": "10.0.0.7:3310",
        "ANYUAN_IN_CLEAR": "mail",
    }
    assert [p.split("：")[0] for p in outward.problems(environ)] == ["ANYUAN_CLAMD"]
    assert outward.allowed(environ) == ["ANYUAN_MAIL"]


def test_a_database_elsewhere_is_asked_for_its_certificate():
    def options(url):
        return database.settings({"DATABASE_URL": url}, Path("/nowhere"))["default"]["OPTIONS"]

    assert options("postgresql://u:p@db.example.cn/anyuan")["sslmode"] == "verify-full"
    assert (
        options("postgresql://u:p@db.example.cn/anyuan?sslmode=verify-ca&sslrootcert=/etc/ca.pem")[
            "sslrootcert"
        ]
        == "/etc/ca.pem"
    )
    assert "sslmode" not in options("postgresql://u@/anyuan?host=/run/postgresql")
    assert (
        database.address("postgresql://u:p%40@db.example.cn:5433/anyuan")
        == "postgresql://u:p%40@db.example.cn:5433/anyuan?sslmode=verify-full&sslrootcert=system"
    )
    assert database.address("postgresql://u@127.0.0.1/anyuan") == "postgresql://u@127.0.0.1/anyuan"


def test_pages_lead_on_to_https_and_programs_are_refused_in_clear(db, settings):
    settings.SECURE_SSL_REDIRECT, settings.ALLAUTH_TRUSTED_PROXY_COUNT = True, 1
    away = Client(REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="10.0.0.9")
    assert away.get("/sign-in/")["Location"] == "https://testserver/sign-in/"
    for path in ("/api/openapi.json", "/live/", "/metrics/", "/health/"):
        refused = away.get(path)
        assert (refused.status_code, refused.content) == (403, b"use https"), path
    assert away.post("/api/commands", {}, content_type="application/json").status_code == 403
    assert away.get("/health/", secure=True).status_code == 200
    # Whoever watches from this machine, by its number.
    assert (
        Client(REMOTE_ADDR="127.0.0.1").get("/health/", HTTP_HOST="127.0.0.1:8000").status_code
        == 200
    )


def test_only_these_parts_of_the_program_connect_to_anything():
    """What opens connections, and to what: the list of 13.2.4 in docs/guide/security.md."""
    known = {
        "kernel/scanning.py",  # the virus scanner
        "org/messages/services/__init__.py",  # mail, text gateway, group robots
        "org/accounts/oidc.py",  # the office's own sign-in
        "ops/database.py",
        "ops/backup.py",
        "ops/proxy.py",
        "ops/supervisor.py",
        "ops/idle.py",  # looks at connections that others opened, and ends the silent ones
        "kernel/live.py",
        "record/evidence/services/recording.py",  # the database
    }
    openers = {
        "socket",
        "requests",
        "urllib.request",
        "http.client",
        "smtplib",
        "apprise",
        "httpx",
        "aiohttp",
        "urllib3",
        "ftplib",
        "psycopg",
    }
    found = set()
    for path in HOUSE.rglob("*.py"):
        if {"tests", "migrations"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if openers & {n for name in names for n in (name, name.split(".")[0])}:
                found.add(str(path.relative_to(HOUSE)))
    assert found == known
