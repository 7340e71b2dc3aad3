"""The roster as a file: a week, four, or the term."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from conftest import NOON


def rows(campus, monkeypatch, **asked):
    monkeypatch.setattr("anyuan.front.reports.views.now", lambda: NOON)
    unit = campus.units["实验小学"].pk
    response = campus.client("赵校长").get("/reports/roster.xlsx", {"unit": unit, **asked})
    assert response.status_code == 200
    body = b"".join(response) if response.streaming else response.content
    sheet = load_workbook(io.BytesIO(body)).active
    return sheet.max_row - 2  # below the title and the heads


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("weeks", "days"), [("1", 7), ("4", 28), ("nonsense", 7), ("9999", 7), ("", 7)]
)
def test_so_many_weeks_are_so_many_days(campus, monkeypatch, weeks, days):
    assert rows(campus, monkeypatch, weeks=weeks) == days


@pytest.mark.django_db
def test_a_term_is_one_file(campus, monkeypatch):
    assert rows(campus, monkeypatch, weeks="term") > 100
