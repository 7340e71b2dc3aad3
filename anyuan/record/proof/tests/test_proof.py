"""What a link says, and a code on paper."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from anyuan.kernel import manifest
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.units.models import Term
from anyuan.record.proof import queries, services
from anyuan.record.proof.rules import Amiss, compared

NOON = datetime(2026, 5, 20, 4, tzinfo=UTC)


def test_every_table_that_an_app_names_is_there_and_watched():
    assert len(manifest.proved()) > 30
    for table in manifest.proved():
        assert queries.primary_key(table)


def test_a_row_differs_by_what_was_sealed_of_it():
    rows = [("1", "a", None), ("2", "a", "b"), ("3", None, "b")]
    assert list(compared("t", rows)) == [
        Amiss("t", "1", "removed"),
        Amiss("t", "2", "altered"),
        Amiss("t", "3", "inserted"),
    ]


@pytest.fixture
def sealed(campus):
    """Everything of the sample sealed as it stands."""
    with acting(SYSTEM):
        services.seal_anew(NOON)
    return campus


def amiss(table):
    return [a for a in queries.amiss() if a.table in {table, ""}]


def test_what_the_program_writes_is_sealed_and_what_is_changed_past_it_is_named(sealed):
    school = sealed.units["实验小学"]
    with acting(SYSTEM):
        assert not amiss("units_term")
        term = Term.objects.create(
            unit=school, name="上", starts=datetime(2026, 9, 1), ends=datetime(2027, 1, 20)
        )
        assert services.seal_touched() >= 1
        assert not amiss("units_term")
        term.name = "改"
        term.save()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM proof_touched")  # as it stands where nobody sealed it
        assert amiss("units_term") == [Amiss("units_term", str(term.pk), "altered")]
        term_id = term.pk
        term.delete()
        assert services.seal_touched() >= 1
        # Told for good, though the program has touched the row again since.
        assert amiss("units_term") == [Amiss("units_term", str(term_id), "altered")]


def test_a_code_on_paper_agrees_until_the_chain_is_another(sealed):
    with acting(SYSTEM):
        code = queries.code()
        assert queries.code_agrees(code) and queries.code_agrees(f" {code} ".upper().lower())
        number, digits = code.split("-")
        other = digits[:-1] + ("0" if digits[-1] != "0" else "1")
        assert not queries.code_agrees(f"{number}-{other}")
        assert not queries.code_agrees(f"{int(number) + 1}-{digits}")
        for nonsense in ("", "x", "12", "12-abc", "9" * 30 + "-" + digits):
            with pytest.raises(ValueError):
                queries.code_agrees(nonsense)
