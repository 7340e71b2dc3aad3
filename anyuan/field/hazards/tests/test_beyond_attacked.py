"""What others found who attacked listings, days from above and referrals: each a test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.models.beyond import Listing, Referral
from anyuan.field.hazards.queries import beyond, pages
from anyuan.field.hazards.queries import get as get_hazard
from anyuan.field.hazards.services import deadlines, rectifying, sorting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.services import accounts, leaving
from conftest import NOON

from .stage_hazards import TODAY, again, assign, close, closed, doing, fix, hazard, reopen
from .test_beyond import confirm, list_it, major, write

LATER = NOON + timedelta(days=15)


def demanded(campus, days=10, **more):
    row = hazard(campus, **more)
    with acting(SYSTEM):
        Hazard.objects.filter(pk=row.pk).update(demanded=TODAY + timedelta(days=days))
    return again(row)


# -- assigning --------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["fixed", "closed"])
def test_what_is_fixed_or_closed_is_not_assigned_anew(campus, state):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    if state == "closed":
        close(campus, row)
    with pytest.raises(Refused):
        assign(campus, row)
    assert again(row).state == state


def test_a_day_from_above_that_is_over_can_still_be_set_and_is_late(campus):
    row = demanded(campus)
    with pytest.raises(Refused):
        assign(campus, row, until=16, at=LATER)
    assert assign(campus, row, until=10, at=LATER).deadline == row.demanded


def test_those_above_may_set_a_later_day_than_was_demanded(campus):
    moved = assign(campus, demanded(campus), who="何局长", until=16, at=LATER)
    assert moved.demanded == moved.deadline == TODAY + timedelta(days=16)


def test_what_is_merged_carries_its_day_along(campus):
    row, other = demanded(campus), hazard(campus)
    assign(campus, other, until=30)
    doing(campus, "何局长", sorting.merge, row, into_id=other.pk)
    assert again(other).demanded == again(other).deadline == TODAY + timedelta(days=10)


def test_a_day_that_would_be_refused_is_not_proposed(campus):
    for _n in range(3):
        closed(campus, days=40)
    row = demanded(campus)
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        page = pages.hazard_page(viewer, get_hazard(row.pk), NOON)
    assert page.proposed_until == row.demanded


# -- listings ---------------------------------------------------------------------------
def test_a_listed_one_is_not_graded_down(campus):
    row = major(campus)
    list_it(campus, row)
    with pytest.raises(Refused):
        assign(campus, row, who="周干事", grade="general", until=20)


def test_its_day_is_the_listings_and_moves_only_above(campus):
    row = major(campus)
    list_it(campus, row, until=18)
    assert again(row).deadline == TODAY + timedelta(days=18)
    until = TODAY + timedelta(days=60)
    doing(campus, "王门卫", deadlines.ask_more_time, row, until=until, words="等钢材")
    with pytest.raises(Refused):
        doing(campus, "赵校长", deadlines.decide_more_time, row, grant=True, until=until, words="")


def test_opened_again_it_is_listed_again_whoever_opens_it(campus):
    row = major(campus)
    list_it(campus, row)
    fix(campus, row)
    confirm(campus, row)
    close(campus, row, "何局长")
    reopen(campus, row, "赵校长")
    with acting(SYSTEM):
        assert Listing.objects.get().lifted_at is None
    fix(campus, row, at=NOON + timedelta(hours=1))
    with pytest.raises(Refused):
        close(campus, row, "何局长", at=NOON + timedelta(hours=2))


def test_a_confirmation_from_before_the_last_fix_counts_not_whoever_takes_over(campus):
    row = major(campus)
    list_it(campus, row)
    fix(campus, row)
    confirm(campus, row)
    doing(campus, "何局长", rectifying.send_back, row, words="焊缝开裂")
    fix(campus, row, at=NOON + timedelta(hours=1))
    with acting(SYSTEM):
        rectifying.Owned().hand(row.pk, campus.people["李老师"], NOON.date())
    with pytest.raises(Refused):
        close(campus, row, "何局长", at=NOON + timedelta(hours=2))


def test_nobody_of_the_school_is_sponsor(campus):
    row = major(campus)
    campus.people["林科长"] = campus.people["赵校长"]
    with pytest.raises(Refused):
        list_it(campus, row)


# -- referrals --------------------------------------------------------------------------
def test_a_closed_hazards_silence_is_over(campus):
    row = hazard(campus)
    referral = write(campus, row)
    over = NOON + timedelta(days=11)
    assign(campus, row)
    fix(campus, row)
    close(campus, row)
    with acting(SYSTEM):
        assert not beyond.silent([referral.unit_id], over).exists()
    page = campus.client("陈主任").get(f"/hazards/{row.pk}/").content.decode()
    assert f"/hazards/referrals/{referral.pk}/paper/" in page


def test_what_waits_for_an_answer_stands_first(campus):
    row = hazard(campus)
    first, second = write(campus, row), write(campus, row)
    with acting(SYSTEM):
        Referral.objects.filter(pk=first.pk).update(
            answered_at=NOON, answer="已办", answered_by="城管"
        )
        assert [r.pk for r in beyond.referrals(row.unit)] == [second.pk, first.pk]


# -- whoever moved up -------------------------------------------------------------------
def moves_up(campus, name, to="青禾区", role="district_officer"):
    """Somebody of the school gets a row and a role above it, as `leaving.move` gives them."""
    with acting(SYSTEM):
        person = campus.people[name]
        type(person).objects.filter(pk=person.pk).update(phone="13900000000")
        person.refresh_from_db()
        heirs = {b.key: campus.people["赵校长"] for b in leaving.belongings(person)}
        campus.people[name] = leaving.move(
            person=person, to=campus.units[to], title="科员", heirs=heirs, by=SYSTEM, at=NOON
        )
        accounts.grant(person=campus.people[name], role=role, unit=campus.units[to], since=TODAY)


def test_whoever_fixed_it_and_moved_up_neither_verifies_nor_confirms_it(campus):
    plain, listed = hazard(campus), major(campus)
    list_it(campus, listed)
    assign(campus, plain)
    for row in (plain, listed):
        fix(campus, row)
    moves_up(campus, "王门卫")
    with pytest.raises(Refused):
        close(campus, plain, "王门卫")
    with pytest.raises(Refused):
        confirm(campus, listed, "王门卫")
    assert close(campus, plain, "林科长").state == "closed"
