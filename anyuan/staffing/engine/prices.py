"""What is paid for limits that no table remembers, until they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .compiled import FAR

if TYPE_CHECKING:
    from .schedules import Pricer, Schedule

HALVED = 8  # times the price of a minute is halved before weeks are told apart


@dataclass
class _Price:
    """One price between what was too low and what was too high."""

    step: float
    value: float = 0.0
    too_low: float | None = None
    too_high: float | None = None
    halved: int = 0

    def change(self, *, too_low: bool) -> None:
        if too_low:
            self.too_low = self.value
        else:
            self.too_high = self.value
        if self.too_low is None or self.too_high is None:
            self.step *= 2
            self.value += self.step if too_low else -self.step
        else:
            self.halved += 1
            self.value = (self.too_low + self.too_high) / 2


class Prices:
    """What is paid for limits that no table remembers: a price a unit of minutes and one for each
    kind with a limit, from below and above until they fit.

    Where many shifts are worth the same, a little more makes all of them go at once: then some
    weeks pay the lower price of a minute and the others the higher, and how many is what is tried.
    """

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer
        self.minute = _Price(4.0 / max(1, int(pricer.minutes.max())))
        self.kinds = {k: _Price(4.0) for k in pricer.priced}
        self.few, self.many = 0, pricer.days  # cheap days: with so few too little, so many too much

    @property
    def is_split(self) -> bool:
        return self.minute.halved > HALVED

    def learn(self, found: Schedule) -> None:
        """Change the prices by what a schedule did at them."""
        for k, price in self.kinds.items():
            over = found.kinds.count(k) > self.pricer.priced[k]
            if over or price.value > 0:
                price.change(too_low=over)
        minutes = self.pricer.minutes_of(found)
        if self.pricer.least <= minutes <= self.pricer.most:
            return
        if self.is_split:
            self._split(too_many=minutes > self.pricer.most)
        else:
            self.minute.change(too_low=minutes > self.pricer.most)

    def _split(self, *, too_many: bool) -> None:
        middle = (self.few + self.many) // 2
        self.few, self.many = (self.few, middle) if too_many else (middle, self.many)

    def on(self, cost: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """These costs with what is paid."""
        a_minute = np.full(self.pricer.days, self.minute.value)
        if self.is_split:
            a_minute[:] = self.minute.too_high
            a_minute[self.pricer.order[: (self.few + self.many) // 2]] = self.minute.too_low
        paid = np.outer(a_minute, self.pricer.minutes)
        for k, price in self.kinds.items():
            paid[:, k] += max(0.0, price.value)
        return np.where(cost >= FAR, FAR, cost + paid)

    @property
    def worth(self) -> float:
        """What the limits themselves come to at these prices: a schedule that keeps them pays no
        more than this. Prices that differ from week to week prove nothing.
        """
        if self.is_split:
            return float("inf")
        a_minute, pricer = self.minute.value, self.pricer
        minutes = a_minute * (pricer.most if a_minute > 0 else pricer.least)
        return minutes + sum(max(0.0, p.value) * pricer.priced[k] for k, p in self.kinds.items())


def weeks_shuffled(days: int, seed: int) -> np.ndarray[Any, Any]:
    """All days, week by week, the weeks in an order of one's own."""
    weeks = np.random.default_rng(seed).permutation(-(-days // 7))
    return np.concatenate([np.arange(7 * w, min(days, 7 * w + 7)) for w in weeks])
