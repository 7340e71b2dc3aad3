"""How long the steps of a search may take, and when one gains too little to go on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import exp, log

AT_ONCE = 0.12  # of those left who are settled in a step
END = 6  # how many are left in the end to be chosen exactly
STEP = 0.5  # seconds for the pricing of a step at least
# Pricing everybody ends early where eight rounds bettered the program by less than this share.
SLOW, ROUNDS_LOOKED_AT = 0.003, 8


class Pace:
    """How many are settled in a step, and how long it may take, so that all are by a moment."""

    def __init__(self, until: float) -> None:
        self.until, self.began, self.steps = until, time.monotonic(), 0

    def step(self) -> None:
        self.steps += 1

    def share(self, left: int) -> float:
        """Of those left: a few, or as many as it takes at the pace so far."""
        now = time.monotonic()
        a_step = (now - self.began) / self.steps if self.steps else STEP
        steps = max(1.0, (self.until - now) / max(a_step, 0.01))
        return max(AT_ONCE, 1 - exp(-log(max(left / END, 1.0)) / steps))

    def seconds(self, left: int) -> float:
        steps = 1 + max(0.0, log(max(left / END, 1.0)) / -log(1 - AT_ONCE))
        return max(STEP, (self.until - time.monotonic()) / steps)


def is_slow(values: Sequence[float]) -> bool:
    """Whether the last rounds bettered a linear program by little."""
    if len(values) <= ROUNDS_LOOKED_AT:
        return False
    return values[-1 - ROUNDS_LOOKED_AT] - values[-1] < SLOW * abs(values[-1])
