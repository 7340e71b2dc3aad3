"""The inner loops of schedules, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

FAR = 1e15


NONE_KEPT = np.empty((0, 0, 0, 0, 0))


@njit(cache=True, nogil=True)
def _table(  # type: ignore[no-untyped-def]
    cost,
    minutes,
    follows,
    weekend_first,
    weekend_second,
    most_row,
    least_row,
    least_off,
    most_weekends,
    scarce,
    scarce_most,
    top,
    start,
    value,
    back,
    kept,
):
    """Fill `value[state, minutes, weekends, scarce]` for the last day and `back[day, …]`, the state
    one came from.

    `start` is the state on the day before; -1: nothing is known of it, and a stretch that touches
    it is long enough.
    Where `kept` has days, it gets the values of each of them.
    """
    days, kinds = cost.shape
    states = least_off + kinds * most_row
    value[:] = FAR
    if start >= 0:
        value[start, 0, 0, 0] = 0.0
    nxt = np.empty_like(value)
    for d in range(days):
        nxt[:] = FAR
        if d == 0 and start < 0:
            nxt[least_off - 1, 0, 0, 0] = 0.0
            back[0, least_off - 1, 0, 0, 0] = 0
            for k in range(kinds):
                if cost[0, k] >= FAR or minutes[k] > top:
                    continue
                w = 1 if (weekend_first[0] or weekend_second[0]) else 0
                n = 1 if k == scarce else 0
                if w <= most_weekends and n <= scarce_most:
                    s = least_off + k * most_row
                    nxt[s, minutes[k], w, n] = cost[0, k]
                    back[0, s, minutes[k], w, n] = 0
        else:
            for s in range(states):
                resting = s < least_off
                kind = -1 if resting else (s - least_off) // most_row
                row = 0 if resting else (s - least_off) % most_row + 1
                may_rest = resting or row >= least_row or (start < 0 and row == d)
                may_work = not resting or s == least_off - 1
                rest = min(s + 1, least_off - 1) if resting else 0
                for m in range(top + 1):
                    for w in range(most_weekends + 1):
                        for n in range(scarce_most + 1):
                            v = value[s, m, w, n]
                            if v >= FAR:
                                continue
                            if may_rest and v < nxt[rest, m, w, n]:
                                nxt[rest, m, w, n] = v
                                back[d, rest, m, w, n] = s
                            if not may_work or row == most_row:
                                continue
                            new = 1 if weekend_first[d] or (weekend_second[d] and resting) else 0
                            if w + new > most_weekends:
                                continue
                            for k in range(kinds):
                                c = cost[d, k]
                                if (
                                    c >= FAR
                                    or m + minutes[k] > top
                                    or (kind >= 0 and not follows[kind, k])
                                ):
                                    continue
                                nn = n + 1 if k == scarce else n
                                if nn > scarce_most:
                                    continue
                                t = least_off + k * most_row + row
                                if v + c < nxt[t, m + minutes[k], w + new, nn]:
                                    nxt[t, m + minutes[k], w + new, nn] = v + c
                                    back[d, t, m + minutes[k], w + new, nn] = s
        value[:] = nxt
        if kept.shape[0]:
            kept[d] = nxt


@njit(cache=True, nogil=True)
def _all(  # type: ignore[no-untyped-def]
    kept,
    cost,
    minutes,
    follows,
    first,
    second,
    most_row,
    least_row,
    least_off,
    scarce,
    least,
    limit,
    out,
):
    """Write into `out` every schedule that costs at most `limit`; returns how many, or -1 where
    there are more than it holds.

    `kept[day, state, …]` is the least that the days up to it cost: backwards from the end, whatever
    cannot stay below the limit is left.
    """
    days = cost.shape[0]
    _, states, tops, weekends, scarces = kept.shape
    path = np.empty(days, np.int64)
    stack = np.empty((days * (states + 2) + states * tops * weekends * scarces, 5), np.int64)
    spent = np.empty(stack.shape[0], np.float64)
    size = found = 0
    for s in range(states):
        for m in range(least, tops):
            for w in range(weekends):
                for n in range(scarces):
                    if kept[days - 1, s, m, w, n] <= limit:
                        stack[size] = (days - 1, s, m, w, n)
                        spent[size] = 0.0
                        size += 1
    while size:
        size -= 1
        d, s, m, w, n = stack[size]
        so_far = spent[size]
        resting = s < least_off
        k = -1 if resting else (s - least_off) // most_row
        path[d] = k
        if d == 0:
            if found == out.shape[0]:
                return -1
            out[found] = path
            found += 1
            continue
        if resting:
            for t in range(states):
                if t < least_off:
                    fits = min(t + 1, least_off - 1) == s
                else:
                    row = (t - least_off) % most_row + 1
                    fits = s == 0 and (row >= least_row or row == d)
                if fits and kept[d - 1, t, m, w, n] + so_far <= limit:
                    stack[size] = (d - 1, t, m, w, n)
                    spent[size] = so_far
                    size += 1
            continue
        row = (s - least_off) % most_row
        mm, nn, after = m - minutes[k], n - (1 if k == scarce else 0), so_far + cost[d, k]
        ww = w - (1 if first[d] or (second[d] and row == 0) else 0)
        if mm < 0 or nn < 0 or ww < 0:
            continue
        for t in range(states):
            if row == 0:
                fits = t == least_off - 1
            else:
                fits = (
                    t >= least_off
                    and (t - least_off) % most_row + 1 == row
                    and follows[(t - least_off) // most_row, k]
                )
            if fits and kept[d - 1, t, mm, ww, nn] + after <= limit:
                stack[size] = (d - 1, t, mm, ww, nn)
                spent[size] = after
                size += 1
    return found


@njit(cache=True, nogil=True)
def _walk(  # type: ignore[no-untyped-def]
    back, s, m, w, n, minutes, weekend_first, weekend_second, most_row, least_off, scarce, out
):
    """Go back from an end state; `out[day]` becomes the kind served, -1 for none."""
    for d in range(back.shape[0] - 1, -1, -1):
        came = back[d, s, m, w, n]
        if s < least_off:
            out[d] = -1
        else:
            k = (s - least_off) // most_row
            out[d] = k
            m -= minutes[k]
            if k == scarce:
                n -= 1
            if weekend_first[d] or (weekend_second[d] and (d == 0 or came < least_off)):
                w -= 1
        s = came
