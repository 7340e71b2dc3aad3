"""Policies of installations made earlier are said anew, and those of today are left alone."""

from __future__ import annotations

import pytest

from anyuan.kernel import rls

EARLIER = (
    "(unit_id IN ( SELECT units_unit.id\n   FROM units_unit\n  WHERE ((units_unit.path)::text ^@"
    " {})))"
)


@pytest.mark.parametrize("asked", [rls._EACH, rls._ONCE])
def test_what_was_said_of_ones_own_units_is_said_as_today(asked):
    was = EARLIER.format(asked)
    assert rls._renewed(was, rls.MINE) == rls.MINE
    assert rls._renewed(was, rls.WRITTEN) == rls.WRITTEN
    assert (
        rls._renewed(f"({was} OR ((person_id)::text = 'x'::text))", rls.MINE)
        == f"({rls.MINE} OR ((person_id)::text = 'x'::text))"
    )


@pytest.mark.django_db
def test_nothing_is_left_to_say_once_it_was_said():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT qual, with_check FROM pg_policies WHERE schemaname = current_schema()"
        )
        rows = cursor.fetchall()
    assert len(rows) > 100
    assert not [r for r in rows if rls._renewed(r[0], rls.MINE) or rls._renewed(r[1], rls.WRITTEN)]
