"""The compiled loops. What they do is told in `month.py`, person by person; here it is done for millions.

Everything arrives as flat arrays of fixed types, so that one compilation serves every scheme. Kernels hold no lock
(`nogil`): the caller runs several at once, each on its own blocks of persons with its own accumulators. All sums over
persons are sums of whole numbers, so their order does not matter.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.compiled import prepare

__all__ = ["advance", "begin", "finish", "gates", "households", "place", "walk"]

prepare()

_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_STEP, _WRONGFUL, _START, _HOME, _PLACE = (np.uint64(int(p) << 24) for p in (
    Purpose.STEP, Purpose.WRONGFUL, Purpose.START, Purpose.HOME, Purpose.PLACE))
_HEAD, _CHILDREN = 0x80, 0x1F
_EVER, _TIER = 0x80, 0x7F
"""The byte `tier`: seven bits of tier, and one that says whether the person ever got a wrongful debit."""


@numba.njit(cache=True, nogil=True)
def place(cell, at, first, count, cells_to, cell_first, unit, mixed, key0, key1):
    """Give `count` persons of a unit, from its first-th on, their cells, in cell[at], cell[at + 1] ...

    cells_to is the running total of the unit's cell sizes.

    `mixed`: through a keyed permutation (a Feistel network of four rounds, walked until it lands inside the unit).
    """
    n = cells_to[-1]
    half = 1
    while (1 << (2 * half)) < n:
        half += 1
    mask = np.uint64((1 << half) - 1)
    shift = np.uint64(half)
    for i in range(count):
        rank = first + i
        if mixed:
            x = np.uint64(rank)
            while True:
                left, right = x >> shift, x & mask
                for turn in range(4):
                    word = _philox(right, np.uint64(unit), np.uint64(turn), _PLACE, key0, key1)[0]
                    left, right = right, left ^ (word & mask)
                x = (left << shift) | right
                if x < np.uint64(n):
                    break
            rank = np.int64(x)
        cell[at + i] = cell_first + np.searchsorted(cells_to, rank, side="right")


@numba.njit(inline="always")
def _household(number, unit, adults, key0, key1):
    """How many adults a household has, and the word for its children; adults: running shares in 2**32."""
    a, b, _, _ = _philox(np.uint64(number) & _LOW, np.uint64(unit), np.uint64(number) >> _HALF, _HOME, key0, key1)
    size = 1
    while size < len(adults) and a >= adults[size - 1]:
        size += 1
    return size, b


@numba.njit(cache=True, nogil=True)
def households(home, at, count, number, unit, adults, children, key0, key1):
    """Draw household after household, from `number` on, until `count` persons from home[at] on are housed."""
    i = at
    while i < at + count:
        size, word = _household(number, unit, adults, key0, key1)
        young = 0
        while young < len(children) - 1 and word >= children[young]:
            young += 1
        home[i] = _HEAD | young
        for j in range(i + 1, min(i + size, at + count)):
            home[j] = 0
        i += size
        number += 1


@numba.njit(cache=True, nogil=True)
def walk(person, first, number, unit, adults, key0, key1):
    """Where a person's household begins, and its number, walking from household `number`, which begins at `first`."""
    size, _ = _household(number, unit, adults, key0, key1)
    while first + size <= person:
        first += size
        number += 1
        size, _ = _household(number, unit, adults, key0, key1)
    return first, number


@numba.njit(cache=True, nogil=True)
def begin(first, last, shift, cell, score, tier, unit, group, start_score, start_to, start_from, first_tier, occupancy,
          scores, key0, key1):
    """Start score and first tier of the persons at first .. last-1, whose numbers are that plus `shift`; counts."""
    for i in range(first, last):
        c = cell[i]
        who = np.uint64(i + shift)
        word = _philox(who & _LOW, who >> _HALF, np.uint64(0), _START, key0, key1)[0]
        j = start_from[c]
        while j < start_from[c + 1] - 1 and word >= start_to[j]:
            j += 1
        s = start_score[j]
        t = first_tier[group, s]
        score[i], tier[i] = s, t
        occupancy[c, t] += 1
        scores[unit, s] += 1


@numba.njit(cache=True, nogil=True)
def gates(occupancy, cell_pool, pool_size, mistaken, spurious, pull, total, gate):
    """What falls on others in this step: pull [P, K], the pool's mistaken records; total [C, T], a person's mean number
    of records that are not its own; gate [C, T], the chance of none, in 2**32 (a word above it means at least one).
    """
    cells, tiers, kinds = mistaken.shape
    pull[:] = 0.0
    for c in range(cells):
        for t in range(tiers):
            if occupancy[c, t] > 0:
                for k in range(kinds):
                    pull[cell_pool[c], k] += occupancy[c, t] * mistaken[c, t, k]
    for c in range(cells):
        p = cell_pool[c]
        for t in range(tiers):
            mean = 0.0
            for k in range(kinds):
                mean += spurious[c, k]
                if pool_size[p] > 1:
                    mean += max(0.0, pull[p, k] - mistaken[c, t, k]) / (pool_size[p] - 1)
            total[c, t] = mean
            gate[c, t] = min(4294967295.0, math.exp(-mean) * 4294967296.0)


@numba.njit(nogil=True, cache=True)
def _wrongful(word, person, step, c, t, given, p, pull, others, mistaken, spurious, total, weight, at_most, appealed,
              upheld, delayed, seen, out, key0, key1):
    """The records on one person that are not its own: how many (from the word that passed the gate), of which kind and
    cause, and whether they are undone. out: points mistaken, points spurious, given back now, given back later,
    debits given, appealed, upheld, points of the debits.
    """
    kinds = len(weight)
    u = (np.float64(word) + 0.5) / 4294967296.0
    mean = total[given, c, t]
    chance = math.exp(-mean)
    below, count = chance, 0
    while u > below and count < 10000 and (chance > 0.0 or count < mean):
        count += 1
        chance *= mean / count
        below += chance
    out[:] = 0
    seen[:] = 0
    for record in range(count):
        block = np.uint64(record >> 1)
        a, b, d, e = _philox(np.uint64(person) & _LOW, np.uint64(person) >> _HALF, np.uint64(step), _WRONGFUL | block,
                             key0, key1)
        which, fate = (a, b) if record & 1 == 0 else (d, e)
        left = (np.float64(which) + 0.5) / 4294967296.0 * mean
        index = 0
        for j in range(2 * kinds):
            if j < kinds:
                mass = max(0.0, pull[given, p, j] - mistaken[c, t, j]) / others if others > 0 else 0.0
            else:
                mass = spurious[c, j - kinds]
            if mass > 0.0:
                index = j
                left -= mass
                if left < 0.0:
                    break
        kind = index if index < kinds else index - kinds
        seen[index] += 1
        if at_most[kind] > 0 and seen[index] > at_most[kind]:
            continue
        out[0 if index < kinds else 1] += weight[kind]
        if weight[kind] < 0:
            out[4] += 1
            out[7] -= weight[kind]
            luck = (np.float64(fate) + 0.5) / 4294967296.0
            if luck < appealed:
                out[5] += 1
                if luck < appealed * upheld:
                    out[6] += 1
                    out[3 if delayed else 2] -= weight[kind]


@numba.njit(nogil=True, cache=True)
def _family(lo, hi, home, tier, rule_bits, share_bits, share_children, kin, shared):
    """kin: for each person of a block, the kin rules that others of the household set off; shared: household rights."""
    kin[:hi - lo] = 0
    i = lo
    while i < hi:
        j, rules, rights = i, 0, 0
        while j < hi and (j == i or home[j] & _HEAD == 0):
            rules |= rule_bits[tier[j] & _TIER]
            rights |= share_bits[tier[j] & _TIER]
            j += 1
        if rules != 0 and j - i > 1:
            for m in range(i, j):
                others = 0
                for o in range(i, j):
                    if o != m:
                        others |= rule_bits[tier[o] & _TIER]
                kin[m - lo] = others
        if rights != 0:
            for h in range(len(shared)):
                if rights >> h & 1:
                    if share_children[h]:
                        shared[h] += home[i] & _CHILDREN
                    else:
                        for m in range(i, j):
                            if share_bits[tier[m] & _TIER] >> h & 1 == 0:
                                shared[h] += 1
        i = j


@numba.njit(inline="always")
def _inverse(word, law, law_to, guide):
    """The column of a law that a word falls into: a guide by the word's first byte, then a few steps."""
    law = np.uint64(law)
    j = np.uint64(guide[law, word >> np.uint32(24)])
    while word > law_to[law, j]:
        j += np.uint64(1)
    return np.int64(j)


@numba.njit(cache=True, nogil=True)
def advance(first_step, last_step, first_block, last_block, bounds, block_unit, block_shift, unit_group, unit_pool,
            pool_size, cell, home, score, tier, since, debits, due_who, due_points, delayed,
            debit_law, debit_first, debit_to, debit_guide, credit_law, credit_first, credit_to, credit_guide,
            gate, total, pull, mistaken, spurious, weight, at_most, appeal, upheld,
            decayed, handicap, next_tier, rule_bits, kin_points, kin_cap, share_bits, share_children,
            d_occupancy, moves, points, wrongful, d_ever, shared, left, key0, key1):
    """Carry the persons of some blocks from first_step through last_step - 1, block by block.

    Row r of gate, total, pull and of the accumulators is for step first_step + r; one row of gate, total and pull
    serves all steps where nothing is mistaken.

    due_who, due_points: persons of these blocks, in order, who get points back in this step. Returns the same for those
    whose debits of this step are upheld, to be given back later (`delayed`; then there is one step only).
    """
    family = len(share_children) > 0 or kin_points.shape[0] > 1
    widest = 0
    for b in range(first_block, last_block):
        widest = max(widest, bounds[b + 1] - bounds[b])
    luck = np.empty((3, widest), dtype=np.uint32)
    kin = np.zeros(widest, dtype=np.uint8)
    seen = np.zeros(2 * len(weight), dtype=np.int64)
    out = np.zeros(8, dtype=np.int64)
    base, next_due = bounds[first_block], 0
    later = np.zeros(bounds[last_block] - base if delayed else 0, dtype=np.int32)
    for b in range(first_block, last_block):
        lo, hi, u, shift = bounds[b], bounds[b + 1], block_unit[b], block_shift[b]
        g, p = unit_group[u], unit_pool[u]
        others = pool_size[p] - 1
        for step in range(first_step, last_step):
            r = step - first_step
            given = min(r, len(gate) - 1)
            for i in range(hi - lo):
                who = np.uint64(lo + i + shift)
                luck[0, i], luck[1, i], luck[2, i], _ = _philox(who & _LOW, who >> _HALF, np.uint64(step), _STEP, key0,
                                                                key1)
            if family:
                _family(lo, hi, home, tier, rule_bits, share_bits, share_children, kin, shared[r, u])
            next_due = _persons(
                step, r, given, lo, hi, u, g, p, others, shift, luck, kin, base, later, next_due, cell, score, tier,
                since, debits, due_who, due_points, delayed, debit_law, debit_first, debit_to, debit_guide, credit_law,
                credit_first, credit_to, credit_guide, gate, total, pull, mistaken, spurious, weight, at_most, appeal,
                upheld, decayed, handicap, next_tier, kin_points, kin_cap, d_occupancy, moves, points, wrongful, d_ever,
                left, seen, out, key0, key1)
    places = np.flatnonzero(later)
    return base + places, later[places].astype(np.int64)


@numba.njit(cache=True, nogil=True)
def _persons(step, r, given, lo, hi, u, g, p, others, shift, luck, kin, base, later, next_due, cell, score, tier,
             since, debits, due_who, due_points, delayed, debit_law, debit_first, debit_to, debit_guide, credit_law,
             credit_first, credit_to, credit_guide, gate, total, pull, mistaken, spurious, weight, at_most, appeal,
             upheld, decayed, handicap, next_tier, kin_points, kin_cap, d_occupancy, moves, points, wrongful, d_ever,
             left, seen, out, key0, key1):
    """Carry the persons lo .. hi - 1, who are of one unit, through a step. Returns the next of those due.

    Nothing here makes a view or gives an array another name: numba would count references to it, with instructions
    that lock the memory bus, for every person, and that costs more than all the rest.
    """
    top, each = next_tier.shape[2] - 1, handicap[g]
    # Places are unsigned where arrays are read: a signed one may count from the end, which would be asked each time.
    for place in range(lo, hi):
        i, near = np.uint64(place), np.uint64(place - lo)
        t, ever = tier[i] & _TIER, tier[i] & _EVER
        c = cell[i]
        charged = debit_first + _inverse(luck[0, near], debit_law[c, t], debit_to, debit_guide)
        jump = charged + credit_first + _inverse(luck[1, near], credit_law[c, t], credit_to, credit_guide)
        points[r, u, t, 0] += jump
        word = luck[2, near]
        if word > gate[given, c, t]:
            _wrongful(word, place + shift, step, c, t, given, p, pull, others, mistaken, spurious,
                      total, weight, at_most, appeal[c], upheld[c], delayed, seen, out, key0, key1)
            jump += out[0] + out[1] + out[2]
            points[r, u, t, 1] += out[0]
            points[r, u, t, 2] += out[1]
            points[r, u, t, 4] += out[2]
            wrongful[r, u, t, 0] += out[4]
            wrongful[r, u, t, 1] += out[5]
            wrongful[r, u, t, 2] += out[6]
            charged -= out[7]
            if out[4] > 0 and ever == 0:
                ever = _EVER
                d_ever[r, u, t] += 1
            if out[3] != 0:
                later[place - base] = out[3]
        if next_due < len(due_who) and due_who[next_due] == place:
            jump += due_points[next_due]
            points[r, u, t, 4] += due_points[next_due]
            next_due += 1
        if kin[near] != 0:
            jump += kin_points[kin[near]]
            charged += min(0, kin_points[kin[near]])
            points[r, u, t, 3] += kin_points[kin[near]]
        debits[i] -= charged
        s = np.uint64(min(max(decayed[np.uint16(score[i])] + each + jump, 0), top))
        after = next_tier[g, t, s]
        if kin[near] != 0:
            after = min(after, kin_cap[kin[near]])
        score[i] = s
        tier[i] = after | ever
        if after != t:
            d_occupancy[r, c, t] -= 1
            d_occupancy[r, c, after] += 1
            moves[r, u, t, after] += 1
            if ever != 0:
                d_ever[r, u, t] -= 1
                d_ever[r, u, after] += 1
            left[u, t, step - since[i]] += 1
            since[i] = step
    return next_due


@numba.njit(cache=True, nogil=True)
def finish(first, last, score, tier, since, unit, steps, scores, still):
    """Scores at the end, and spells that have not ended."""
    for i in range(first, last):
        scores[unit, score[i]] += 1
        still[unit, tier[i] & _TIER, steps - since[i]] += 1
