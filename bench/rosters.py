"""`make bench-rosters`: the public shift scheduling instances through the engine, each roster
judged again by the checker; and a term of a school of 120.
"""

from __future__ import annotations

import resource
import sys
import time

from anyuan.staffing.engine.check import judge
from anyuan.staffing.engine.problem import Problem
from anyuan.staffing.engine.search import Progress, Search

from . import school_term
from .instances import BEST, FOLDER, larger, longer, numbered


def main(seconds: float, numbers: list[int]) -> None:
    print(
        "| instance | people × days | cost | bound | best known | gap | broken rules | first"
        f" answer | seconds of {seconds:g} |\n|---|---|---|---|---|---|---|---|---|"
    )
    if not FOLDER.is_dir():
        print(
            f"the instances are not at {FOLDER.name}; they are not part of the project",
            file=sys.stderr,
        )
        numbers = []
    for number in numbers:
        problem = numbered(number)
        heard: list[Progress] = []
        outcome = Search(problem, seconds, lambda p, _, heard=heard: heard.append(p)).run()  # type: ignore[misc]
        again = judge(problem, outcome.solution)
        gap = 100 * (again.cost - BEST[number]) / BEST[number]
        bound = f"{outcome.bound}{' proven' if outcome.proven else ''}"
        print(
            f"| {number} | {len(problem.workers)} × {problem.days} | {again.cost} | {bound} |"
            f" {BEST[number]} | {gap:.2f} % | {len(again.breaches)} | {heard[0].seconds:.1f} s |"
            f" {outcome.seconds:.1f} |",
            flush=True,
        )
    if numbers == sorted(BEST):
        year(seconds, "32 kinds of shift", larger())
        for number, people in YEARS:
            year(seconds, f"instance {number} 13 times", longer(number, 13, people))
    began, heard = time.monotonic(), []
    term = school_term.problem()
    outcome = Search(term, 30.0, lambda p, _: heard.append(p), patience=5.0).run()
    shifts = sum(d.wanted for d in term.demands)
    print(
        f"\nA term of 120 people, {len(term.demands)} stations × days, {shifts} shifts: first"
        f" answer after {heard[0].seconds:.2f} s ({heard[0].empty} empty), cost {heard[0].cost} →"
        f" {outcome.score.cost} in {time.monotonic() - began:.1f} s."
    )


YEARS = ((8, 50), (12, 150), (11, 100), (10, 100), (9, 50))  # instance, people


def year(seconds: float, name: str, problem: Problem) -> None:
    """As long as the largest of the family: 52 weeks."""
    heard: list[Progress] = []
    outcome = Search(problem, seconds, lambda p, _: heard.append(p)).run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first = f"{heard[0].seconds:.1f} s, cost {heard[0].cost}" if heard else "none"
    print(
        f"\n{name}: {len(problem.workers)} people × {problem.days} days,"
        f" {len(problem.demands)} stations × days: first answer after {first};"
        f" {outcome.score.cost} in {outcome.seconds:.0f} s, {len(outcome.score.breaches)} broken"
        f" rules, peak {peak:.0f} MB."
    )


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 60.0,
        [int(n) for n in sys.argv[2:]] or sorted(BEST),
    )
