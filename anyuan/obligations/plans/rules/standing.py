"""What around the clock means for a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A demand that grows with the number of pupils: 1000人起每500人加1
STEP_WORDS = re.compile(r"(\d{1,5})人起每(\d{1,5})人加(\d{1,3})")


@dataclass(frozen=True)
class Manned:
    """What a unit's stations say: which posts are manned there, when its night is, in minutes of
    the day (an end before the start is the next day's), and in how many shifts of a day rounds are
    walked.

    `rounds` None: no station walks rounds.
    """

    posts: frozenset[str]
    night: tuple[int, int] | None
    rounds: int | None = None


def post_of(holder: str, words: str) -> str:
    """Which post "around the clock" speaks of: a kind of station, or empty for any manned."""
    for post, marks in (("dormitory", "宿寝公寓"), ("gate", "门保安传达"), ("leader", "领导")):
        if any(m in holder + words for m in marks):
            return post
    return ""
