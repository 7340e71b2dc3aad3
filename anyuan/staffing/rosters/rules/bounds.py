"""The bounds of rosters, and the states of one. Our own, from no standard; a unit sets the
weights and the rest itself."""

from __future__ import annotations

from datetime import timedelta

TRANSITIONS = {
    ("asked", "making"): "worker",
    ("making", "made"): "worker",
    ("asked", "failed"): "worker",
    ("making", "failed"): "worker",
    ("made", "published"): "roster.make",
    ("published", "replaced"): "roster.make",
}


# Our own bounds, from no standard; a unit sets the weights and the rest itself.
WEIGHTS = {
    "nights": 30,
    "days_off": 20,
    "holidays": 30,
    "all": 10,
    "wishes": 10,
    "changes": 40,
    "rest_hours": 8,
    "most_a_day": 1,
    "most_in_a_row": 6,
}


MOST_WEIGHT = 1000


STAYS = 20 * MOST_WEIGHT  # what has begun is taken from nobody


SOLVER_SECONDS = 30.0  # a roster is made in


PATIENCE = 5.0  # seconds without a better one, and it is good enough


EARLY = timedelta(minutes=30)  # one may sign in before the start


EXPLAINED = 5  # empty places whose reasons are looked for; more would only repeat them


EXPLAINING = 12.0  # seconds for all of them


SILENT = timedelta(seconds=60)  # after which a roster whose maker said nothing is made by another


MOST_LEAVES = 10  # of one person that wait for an answer


LONGEST_ROW = 13  # days in a row at most that a unit may set; so far one looks beyond a roster


LONGEST_ROSTER = 200  # days a roster may span: a term and its holidays


HARD = (
    "rest_hours",
    "most_a_day",
    "most_in_a_row",
)  # bounds, not wishes: a repair keeps those of the roster it mends


REPAIR = {
    "changes": MOST_WEIGHT,
    "wishes": 1,
    "nights": 1,
    "days_off": 1,
    "holidays": 1,
    "all": 1,
}  # a repair moves as little as it can, and only then is fair
