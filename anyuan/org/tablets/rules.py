"""What a PIN may be, and what somebody may do at a shared tablet. Pure values."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

PASS_AGE = timedelta(days=7)  # as long as sent things stay on a phone; our own bound
# The work of the field and nothing of an office: what is done at a shared device must not need a
# role that is worth stealing.
MAY = frozenset({"fact.record", "fact.see", "board.see", "roster.see", "command.send", "plan.see"})
_PIN = re.compile(r"^[0-9]{6}$")


def is_weak(pin: str) -> bool:
    """Whether a PIN is no six digits, or among those that anybody tries first: one digit again and
    again, a run, a pattern twice or thrice.
    """
    if not _PIN.match(pin):
        return True
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1 or pin[:3] == pin[3:] or pin[:2] * 3 == pin
