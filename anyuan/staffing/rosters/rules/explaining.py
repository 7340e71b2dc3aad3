"""Why places stay empty."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from anyuan.staffing.engine.check import Breach
from anyuan.staffing.engine.problem import Solution

from .bounds import EXPLAINED, EXPLAINING
from .posing import Posed


def conflicts(
    posed: Posed, solution: Solution, empty: Sequence[tuple[int, int]]
) -> list[dict[str, object]]:
    """Why places (day, kind) stay empty: which rules collide, and which of them let go would do.

    Some of each kind, and not for longer than `EXPLAINING`.
    """
    from anyuan.staffing.engine.conflicts import why  # loads the solver, which no page needs

    out: list[dict[str, object]] = []
    seen: set[tuple[object, ...]] = set()
    asked: Counter[int] = Counter()
    began = time.monotonic()
    for day, kind in empty:
        if len(out) == EXPLAINED or time.monotonic() - began > EXPLAINING:
            break
        if asked[kind] == EXPLAINED:
            continue
        asked[kind] += 1
        found = why(posed.problem, solution, day, kind)
        same = (kind, tuple(r for r in found.rules if r[0] != "cover"))
        if same in seen:
            continue
        seen.add(same)
        out.append(
            {
                "day": posed.days[day].isoformat(),
                "station": posed.stations[kind].name,
                "wanted": found.wanted,
                "able": found.able,
                "rules": [r[0] for r in found.rules if r[0] != "cover"],
                "enough": [r[0] for r in found.enough if r[0] != "cover"],
                "with": sorted({posed.stations[r[2]].name for r in found.rules if r[0] == "cover"}),
            }
        )
    return out


def who_cannot(posed: Posed, breaches: Sequence[Breach]) -> list[tuple[str, str]]:
    """Whose own rules leave no schedule at all, and which rule it is."""
    found = {
        (posed.people[b.worker].name, b.rule)
        for b in breaches
        if b.worker is not None and b.rule != "cover"
    }
    return sorted(found)
