"""School days follow the national calendar, the terms and local exceptions; windows follow school
days.
"""

from datetime import date

from anyuan.org.units.rules import TermDates, months, school_days, windows

TERM = [TermDates("春", date(2026, 2, 24), date(2026, 7, 4))]


def test_public_holidays_are_no_school_days_and_make_up_days_are():
    days = school_days(date(2026, 5, 1), date(2026, 5, 11), TERM, {})
    assert date(2026, 5, 1) not in days and date(2026, 5, 9) in days


def test_a_local_exception_wins():
    days = school_days(
        date(2026, 5, 18),
        date(2026, 5, 25),
        TERM,
        {date(2026, 5, 20): False, date(2026, 5, 23): True},
    )
    assert date(2026, 5, 20) not in days and date(2026, 5, 23) in days


def test_a_year_that_is_not_announced_yet_has_its_weekdays():
    term = [TermDates("远", date(2038, 3, 1), date(2038, 3, 8))]
    assert len(school_days(date(2038, 3, 1), date(2038, 3, 8), term, {})) == 5


def test_windows_hold_a_school_day_and_come_once():
    days = school_days(date(2026, 2, 1), date(2026, 8, 1), TERM, {})
    found = list(windows(date(2026, 2, 1), date(2026, 8, 1), TERM, days))
    assert len(found) == len(set(found))
    kinds = {k: [w for w in found if w.kind == k] for k in ("day", "month", "term", "half_year")}
    assert (
        len(kinds["day"]) == len(days) and len(kinds["term"]) == 1 and len(kinds["half_year"]) == 2
    )
    assert [w.starts.month for w in kinds["month"]] == [2, 3, 4, 5, 6, 7]
    assert not [w for w in found if w.kind == "week" and w.starts > date(2026, 7, 3)]


def test_a_year_is_shown_with_why_each_day_is_what_it_is():
    found = months(
        date(2026, 5, 20),
        TERM,
        {date(2026, 5, 20): False},
    )
    assert [m.first.month for m in found] == [9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8]
    may = {d.day.day: d.why for d in found[8].days}
    assert (may[1], may[9], may[16], may[20], may[21]) == (
        "holiday",
        "make-up",
        "weekend",
        "exception",
        "term",
    )
    assert found[8].weeks[0][4].day == date(2026, 5, 1)
