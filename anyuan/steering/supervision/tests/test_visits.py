"""Anybody draws the same schools and inspectors again; a visit is hidden until it begins."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.tests.stage_hazards import closed
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.people.services import accounts, roles
from anyuan.record.evidence.models import Fact
from anyuan.steering.supervision import rules
from anyuan.steering.supervision.forms import DoneForm, Problem
from anyuan.steering.supervision.models import Visit
from anyuan.steering.supervision.queries import on_site, waiting
from anyuan.steering.supervision.rules import Entrant, Inspector
from anyuan.steering.supervision.services import visits
from conftest import NOON

from .stage_supervision import TODAY, draw, on_visit

DONE = DoneForm("门卫在岗", "赵校长", [Problem("东门", "登记不全")])


def the_visit():
    with acting(SYSTEM):
        return Visit.objects.select_related("school").get()


def drawn_for(campus, school="实验小学", **more):
    """A draw that came out for this school."""
    for _i in range(60):
        made = draw(campus, **more)
        with acting(SYSTEM):
            visit = Visit.objects.filter(draw=made).get()
            if visit.school_id == campus.units[school].pk:
                Visit.objects.exclude(pk=visit.pk).delete()
                return visit
    raise AssertionError("never drawn")


# -- the draw -----------------------------------------------------------------------
@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(1, 20))
def test_a_draw_repeats_nobody_and_is_the_same_from_the_same_seed(seed, count):
    pool = [Entrant(i, f"校{i}", 1 + i % 4) for i in range(20)]
    first = rules.draw_schools(seed, pool, count)
    assert len({e.pk for e in first}) == count
    assert rules.draw_schools(seed, list(reversed(pool)), count) == first


def test_each_is_drawn_by_its_weight():
    """Of 20,000 first draws the shares lie within four standard errors of the weights."""
    weights, tries = (1, 2, 3, 6), 20_000
    pool = [Entrant(i, str(i), w) for i, w in enumerate(weights)]
    first = Counter(rules.draw_schools(f"{n:032x}", pool, 1)[0].pk for n in range(tries))
    for i, weight in enumerate(weights):
        expected = weight / sum(weights)
        error = (expected * (1 - expected) / tries) ** 0.5
        assert abs(first[i] / tries - expected) < 4 * error


def test_with_equal_weights_every_pair_is_as_likely():
    pool = [Entrant(i, str(i), 1) for i in range(4)]
    pairs = Counter(
        frozenset(e.pk for e in rules.draw_schools(f"{n:032x}", pool, 2)) for n in range(12_000)
    )
    assert len(pairs) == 6
    assert all(abs(n - 2000) < 4 * (12_000 / 6 * 5 / 6) ** 0.5 for n in pairs.values())


def test_the_printed_script_draws_the_same(campus, tmp_path):
    made = draw(campus, count=2)
    body = campus.client("何局长").get(f"/supervision/draws/{made.pk}/draw.csv").content
    (tmp_path / "draw.csv").write_bytes(body)
    assert len(list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))) == 2
    done = subprocess.run(
        [sys.executable, "-c", rules.SCRIPT, made.seed, "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert rules.SCRIPT.count("\n") <= 20
    with acting(SYSTEM):
        mine = list(Visit.objects.order_by("pk").values_list("school_id", flat=True))
    assert [int(line.split()[0]) for line in done.stdout.splitlines()] == mine


@pytest.mark.parametrize(
    ("home", "free"),
    [
        ("/1/6/9/", False),  # of the school itself
        ("/1/6/9/2/", False),
        ("/1/6/", False),  # the town answers for it
        ("/1/", True),  # the office that draws
        ("/1/3/", True),
        ("/1/7/", True),
    ],
)
def test_nobody_is_sent_where_they_have_an_interest(home, free):
    assert rules.is_free(Inspector(1, "x", home), "/1/6/9/", "/1/") is free


def test_a_towns_own_draw_sends_its_own_people():
    assert rules.is_free(Inspector(1, "x", "/1/6/"), "/1/6/9/", "/1/6/")


def test_inspectors_share_the_load():
    pool = [Inspector(i, str(i), "/1/") for i in range(3)]
    load = Counter()
    for school in range(9):
        load.update(i.pk for i in rules.draw_inspectors("a" * 32, school, pool, 1, load))
    assert set(load.values()) == {3}


@pytest.mark.parametrize(
    "more",
    [
        {"count": 3},
        {"inspectors": ()},
        {"inspectors": ("王门卫",)},
        {"each": 2},
        {"first_day": TODAY - timedelta(days=1)},
        {"last_day": TODAY + timedelta(days=400)},
    ],
)
def test_a_draw_that_cannot_be_is_refused_whole(campus, more):
    with pytest.raises(Refused):
        draw(campus, **more)
    with acting(SYSTEM):
        assert not Visit.objects.exists()


def test_whoever_may_be_sent_steers_no_draw(campus):
    """Before anything is drawn it is asked whether somebody is free for every school."""
    for _i in range(10):
        with pytest.raises(Refused):
            draw(campus, inspectors=("周干事",))
    with acting(SYSTEM):
        assert not Visit.objects.exists()


def test_the_same_form_twice_is_one_draw(campus):
    command = uuid4()
    assert draw(campus, command=command).pk == draw(campus, command=command).pk


def test_no_school_draws(campus):
    with pytest.raises((Denied, Invisible)):
        draw(campus, who="赵校长", unit="实验小学")


def test_a_visit_that_its_inspector_cannot_end_is_taken_off_by_the_office(campus):
    visit = drawn_for(campus)
    on_visit(campus, "林科长", visits.arrive, visit)
    assert on_visit(campus, "何局长", visits.cancel, visit, words="改期").state == "cancelled"


def test_whoever_supervises_no_more_sees_no_visit(campus):
    visit = drawn_for(campus)
    he, lin = campus.viewer("何局长"), campus.people["林科长"]
    with acting(he):
        roles.end_role(grant_id=lin.grants.get().pk, by=he, at=NOON)
    lin.refresh_from_db()
    viewer = campus.viewer("林科长")
    with acting(viewer):
        assert not waiting.matters(viewer, [], NOON)
    assert campus.client("林科长").get(f"/supervision/visits/{visit.pk}/").status_code in {403, 404}


def test_a_visit_whose_days_are_over_waits_for_nobody(campus):
    visit = drawn_for(campus)
    viewer = campus.viewer("林科长")
    late = NOON + timedelta(days=30)
    with acting(viewer):
        found = waiting.matters(viewer, [campus.units["青禾区"]], late)
    assert not [m for m in found if m.key == f"visit-{visit.pk}"]


# -- the visit ----------------------------------------------------------------------
def test_from_the_gate_to_both_signatures(campus):
    visit = drawn_for(campus)
    on_visit(campus, "林科长", visits.arrive, visit)
    done = on_visit(campus, "林科长", visits.finish, visit, given=DONE)
    with acting(SYSTEM):
        fact = Fact.objects.get(activity="supervision.visit")
        row = Hazard.objects.get()
    assert (done.state, done.fact_id, done.hazards) == ("done", fact.pk, [row.pk])
    assert (row.unit_id, row.source, fact.unit_id) == (
        campus.units["实验小学"].pk,
        "above",
        campus.units["青禾区"].pk,
    )


def test_whoever_was_not_drawn_does_not_begin_it(campus):
    visit = drawn_for(campus)
    with pytest.raises(Denied):
        on_visit(campus, "何局长", visits.arrive, visit)


def test_it_ends_only_after_it_began_and_on_its_days(campus):
    visit = drawn_for(campus)
    with pytest.raises(Refused):
        on_visit(campus, "林科长", visits.finish, visit, given=DONE)
    with pytest.raises(Refused):
        on_visit(campus, "林科长", visits.arrive, visit, at=NOON + timedelta(days=30))


def test_a_second_click_ends_it_once(campus):
    visit = drawn_for(campus)
    on_visit(campus, "林科长", visits.arrive, visit)
    on_visit(campus, "林科长", visits.finish, visit, given=DONE)
    with pytest.raises(Refused):
        on_visit(campus, "林科长", visits.finish, visit, given=DONE)
    with acting(SYSTEM):
        assert Fact.objects.filter(activity="supervision.visit").count() == 1


def test_one_of_another_town_sees_and_makes_the_visit_they_were_drawn_for(campus):
    visit = drawn_for(campus, school="柳湾中学", inspectors=("周干事", "林科长"), each=1)
    with acting(SYSTEM):
        Visit.objects.update(persons=[campus.people["周干事"].pk], names="周干事")
    viewer = campus.viewer("周干事")
    with acting(viewer):
        found = waiting.matters(viewer, [campus.units["城关街道"]], NOON)
    assert [m.key for m in found] == [f"visit-{visit.pk}"]
    on_visit(campus, "周干事", visits.arrive, visit)
    assert on_visit(campus, "周干事", visits.finish, visit, given=DONE).state == "done"


PAGES = (
    "/",
    "/supervision/",
    "/hazards/",
    "/hazards/checks/",
    "/facts/",
    "/audit/",
    "/search/?q=春季",
)


@pytest.mark.parametrize("who", ["王门卫", "李老师", "陈主任", "赵校长", "外人", "孙民警"])
def test_before_arrival_the_school_sees_nothing_of_it(campus, who):
    visit = drawn_for(campus)
    with acting(campus.viewer(who)):
        assert not Visit.objects.exists()
    client = campus.client(who)
    assert client.get(f"/supervision/visits/{visit.pk}/").status_code == 404
    for page in PAGES:
        assert "春季督导" not in client.get(page).content.decode(), page


def test_once_it_began_the_school_sees_it(campus):
    visit = drawn_for(campus)
    on_visit(campus, "林科长", visits.arrive, visit)
    assert campus.client("赵校长").get(f"/supervision/visits/{visit.pk}/").status_code == 200
    assert campus.client("外人").get(f"/supervision/visits/{visit.pk}/").status_code == 404
    assert Client().get(f"/supervision/visits/{visit.pk}/").status_code == 302


def test_a_visit_taken_off_is_not_told_to_the_school_either(campus):
    visit = drawn_for(campus)
    on_visit(campus, "何局长", visits.cancel, visit, words="改期")
    assert the_visit().state == "cancelled"
    assert campus.client("赵校长").get(f"/supervision/visits/{visit.pk}/").status_code == 404


def test_the_page_draws_and_ends(campus, monkeypatch):
    monkeypatch.setattr("anyuan.steering.supervision.views.now", lambda: NOON)
    body = {
        "unit": campus.units["青禾区"].pk,
        "name": "春季督导",
        "count": "2",
        "each": "1",
        "first_day": str(TODAY),
        "last_day": str(TODAY),
        "inspectors": [campus.people["林科长"].pk],
        "command": str(uuid4()),
    }
    office, inspector = campus.client("何局长"), campus.client("林科长")
    answer = office.post("/supervision/draws/new/", body)
    assert answer.status_code == 302
    assert office.get(answer.url).status_code == 200
    with acting(SYSTEM):
        visit = Visit.objects.order_by("pk").first()
    page = f"/supervision/visits/{visit.pk}/"
    assert inspector.post(f"{page}arrive/").status_code == 302
    refused = inspector.post(f"{page}finish/", {"seen": "正常", "signed": ""})
    assert refused.status_code == 400
    assert "正常" in refused.content.decode()
    done = {"seen": "正常", "signed": "赵校长", "problems": "东门：登记不全"}
    assert inspector.post(f"{page}finish/", done).status_code == 302
    assert inspector.get(page).status_code == 200


# -- after it is over, together, and without an interest ------------------------------
def test_a_draw_that_is_over_may_be_made_again_by_every_school(campus):
    visit = drawn_for(campus)
    address = f"/supervision/draws/{visit.draw_id}/"
    principal = campus.client("赵校长")
    assert principal.get(address).status_code == 404
    on_visit(campus, "林科长", visits.arrive, visit)
    assert principal.get(address).status_code == 404
    on_visit(campus, "林科长", visits.finish, visit, given=DONE)
    page = principal.get(address)
    assert the_visit().draw.seed in page.content.decode()
    assert principal.get(f"{address}draw.csv").status_code in {200, 302}


def test_taking_the_last_one_off_ends_the_draw(campus):
    visit = drawn_for(campus)
    on_visit(campus, "何局长", visits.cancel, visit, words="台风停课")
    assert campus.client("外人").get(f"/supervision/draws/{visit.draw_id}/").status_code == 200


def test_a_visit_is_not_taken_off_without_a_reason(campus):
    visit = drawn_for(campus)
    address = f"/supervision/visits/{visit.pk}/cancel/"
    campus.client("何局长").post(address, {"words": ""})
    assert the_visit().state == "planned"


def test_jointly_the_police_and_another_office_go(campus):
    district = campus.units["青禾区"]
    with acting(SYSTEM):
        wu = accounts.create(username="wu", name="吴民警", unit=district, password="x" * 20)
        accounts.grant(person=wu, role="police", unit=district, since=TODAY)
    campus.people["吴民警"] = wu
    drawn_for(campus, inspectors=("林科长", "吴民警", "何局长"), each=2, joint=True)
    assert "吴民警" in the_visit().names


@pytest.mark.parametrize(
    ("inspectors", "each"), [(("林科长", "何局长"), 2), (("林科长", "孙民警"), 1)]
)
def test_a_joint_visit_without_both_is_refused(campus, inspectors, each):
    with pytest.raises(Refused):
        draw(campus, inspectors=inspectors, each=each, joint=True)


@pytest.mark.parametrize("path", ["/1/6/9/", "/1/6/"])
def test_a_second_role_at_the_school_is_an_interest_too(path):
    who = Inspector(1, "x", "/1/", roles=("/1/", path))
    assert not rules.is_free(who, "/1/6/9/", "/1/")


def test_whoever_is_drawn_is_told_and_nobody_of_the_school(campus):
    drawn_for(campus)
    with acting(SYSTEM):
        told = [m for m in waiting.to_tell(NOON) if m.key.startswith("visit-")]
    persons = {pk for m in told for step in m.steps for pk in step.persons}
    assert persons == {campus.people["林科长"].pk}


# -- at the school --------------------------------------------------------------------
def test_what_is_recorded_stands_beside_and_closed_hazards_are_drawn_again(campus):
    rows = [closed(campus, place=f"楼{n}") for n in range(7)]
    old = closed(campus, place="旧楼", days=200)
    with acting(SYSTEM):
        Hazard.objects.filter(pk=old.pk).update(closed_at=NOON - timedelta(days=120))
    visit = drawn_for(campus)
    on_visit(campus, "林科长", visits.arrive, visit)
    with acting(campus.viewer("林科长")):
        first = on_site.beside(the_visit(), NOON)
        again = on_site.beside(the_visit(), NOON)
    drawn = {r.hazard.pk for r in first.sample}
    assert len(drawn) == 5 and drawn <= {r.pk for r in rows}
    assert drawn == {r.hazard.pk for r in again.sample}


def test_only_whoever_is_at_the_school_has_them_beside(campus):
    closed(campus)
    visit = drawn_for(campus)
    address = f"/supervision/visits/{visit.pk}/"
    assert 'id="beside"' not in campus.client("林科长").get(address).content.decode()
    on_visit(campus, "林科长", visits.arrive, visit)
    assert 'id="beside"' in campus.client("林科长").get(address).content.decode()
    assert 'id="beside"' not in campus.client("赵校长").get(address).content.decode()
