"""The compiled loops over the persons of a block, each of which does one thing; `march.py` says in which order.

In loops over all of them, places are unsigned: a signed one may count from the end, which would be asked each time. And
nothing in them makes a view or gives an array another name, not by calling a function that is inlined either: whoever
counts references, counts them for every person, with instructions that lock the memory bus.
"""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import CHILDREN, EVER, FALLEN, TIER
from sousveil.engine.compiled import LENT

__all__ = ["changes", "family", "first_steps", "frozen", "given_back", "kin", "laws", "marked", "move", "own_credits",
           "own_debits", "placed", "remember", "settle", "settle_by_cell", "stay", "sums", "words"]

_inner = numba.njit(**LENT)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_STEP = np.uint64(int(Purpose.STEP) << 24)


@_inner
def words(n, first, step, room, key0, key1):
    """Three words for each person, from the one whose number is `first` on."""
    word0, word1, word2 = room.word0, room.word1, room.word2
    for near in range(n):
        who, i = first + np.uint64(near), np.uint64(near)
        word0[i], word1[i], word2[i], _ = _philox(who & _LOW, who >> _HALF, step, _STEP, key0, key1)


# Own records: loops that are many and short, so that each needs few arrays, and some go for sixteen persons at once. A
# word leads to points as `Inverse` says; twice the same lines, for as a function they would take arrays.

@_inner
def laws(lo, hi, persons, counts, t, room):
    """Where the guide of each person's laws begins, by cell and tier: law; and who meets with records of others."""
    cell, tier, law, rows, start = persons.cell, persons.tier, room.law, t.row, np.uint64(lo)
    word2, gate, records = room.word2, room.gate, room.records
    tiers = np.uint32(counts.points.shape[2])
    for near in range(hi - lo):
        i = np.uint64(near)
        of = np.uint64(np.uint32(cell[start + i]) * tiers + (np.uint32(tier[start + i]) & np.uint32(TIER)))
        law[i] = rows[of]
        records[i] = word2[i] > gate[of]
    for near in range(hi - lo, hi - lo + 8):
        records[near] = 0


@_inner
def own_debits(n, t, room):
    """Points that own records take: charged."""
    law, charged, word0, hidden = room.law, room.charged, room.word0, np.uint32(32 - t.bits)
    guide, to, jump = t.debit.guide, t.debit.to, t.debit.jump
    for near in range(n):
        i = np.uint64(near)
        entry = guide[np.uint64(law[i] + (word0[i] >> hidden))]
        points = np.int32(entry >> 1)
        if entry & 1:
            place = np.uint64(points)
            while word0[i] > to[place]:
                place += np.uint64(1)
            points = jump[place]
        charged[i] = points


@_inner
def own_credits(n, t, room):
    """Points that own records give: jump."""
    law, credit, word1, hidden = room.law, room.jump, room.word1, np.uint32(32 - t.bits)
    guide, to, jump = t.credit.guide, t.credit.to, t.credit.jump
    for near in range(n):
        i = np.uint64(near)
        entry = guide[np.uint64(law[i] + (word1[i] >> hidden))]
        points = np.int32(entry >> 1)
        if entry & 1:
            place = np.uint64(points)
            while word1[i] > to[place]:
                place += np.uint64(1)
            points = jump[place]
        credit[i] = points


@_inner
def sums(row, lo, hi, u, persons, room, counts):
    """Debits and credits together: jump; and the sums by tier."""
    tier, jump, charged, points, n, start = persons.tier, room.jump, room.charged, counts.points, hi - lo, np.uint64(lo)
    for near in range(n):
        jump[np.uint64(near)] += charged[np.uint64(near)]
    for held in range(points.shape[2]):
        total = np.int64(0)
        for near in range(n):
            i = np.uint64(near)
            if np.int64(tier[start + i]) & np.int64(TIER) == held:
                total += np.int64(jump[i])
        points[np.uint64(row), np.uint64(u), np.uint64(held), np.uint64(0)] += total


@_inner
def marked(marks, eights, n, found):
    """How many of the first n are marked; found: which. Beyond n, marks are 0; eights are the same bytes, by eights."""
    many = 0
    for eight in range((n + 7) // 8):
        if eights[eight] != 0:
            for i in range(8 * eight, 8 * eight + 8):
                if marks[i] != 0:
                    found[many] = i
                    many += 1
    return many


@_inner
def first_steps(step, row, lo, hi, persons, t, counts):
    """Who is in the first steps of a stay in which something is borne for a time."""
    cell, tier, since, fresh = persons.cell, persons.tier, persons.since, counts.fresh
    timed_tier, timed_steps = t.timed_tier, t.timed_steps
    for place in range(lo, hi):
        for d in range(len(timed_tier)):
            if tier[place] & TIER == timed_tier[d] and step - since[place] <= timed_steps[d]:
                fresh[row, cell[place], d] += 1


@_inner
def placed(step, row, lo, hi, u, persons, t, counts):
    """Who bears what a place beside a tier brings, and who of them bears nothing of the kind by the tier."""
    cell, tier, since, chosen, placed, only = (persons.cell, persons.tier, persons.since, persons.chosen, counts.placed,
                                               counts.placed_only)
    of_place, lasts, burdens, tier_burden = t.borne_place, t.borne_steps, t.borne_burden, t.tier_burden
    for place in range(lo, hi):
        burden = False
        for d in range(len(of_place)):
            given = np.int64(chosen[of_place[d], place])
            if given != 0 and step < given + lasts[d]:
                placed[row, cell[place], tier[place] & TIER, d] += 1
                burden = burden or burdens[d]
        if burden and step - since[place] > tier_burden[tier[place] & TIER]:
            only[row, u, tier[place] & TIER] += 1


@_inner
def remember(lo, hi, persons, room):
    """The scores before a step, in the place of words that are used up."""
    word0, score = room.word0, persons.score
    for near in range(hi - lo):
        word0[near] = np.uint32(score[lo + near])


@_inner
def frozen(lo, hi, persons, t, room):
    """Who has left is not scored any more."""
    word0, score, tier, gone = room.word0, persons.score, persons.tier, t.gone
    for near in range(hi - lo):
        if gone[tier[lo + near] & TIER]:
            score[lo + near] = np.int16(word0[near])


@_inner
def given_back(row, lo, hi, u, persons, room, counts):
    """Points of earlier steps that were wrong."""
    at, after = 0, len(persons.due_who)
    while at < after:  # the first of those due who is here
        middle = (at + after) // 2
        if persons.due_who[middle] < lo:
            at = middle + 1
        else:
            after = middle
    while at < len(persons.due_who) and persons.due_who[at] < hi:
        place = persons.due_who[at]
        if len(persons.freed) == 0 or not persons.freed[place]:
            room.jump[place - lo] += persons.due_points[at]
        counts.points[row, u, persons.tier[place] & TIER, 4] += persons.due_points[at]
        at += 1


@_inner
def family(row, lo, hi, u, persons, t, room, counts):
    """Kin rules that others of the household set off, for each person; and household rights, as in `Outcome.shared`.

    `own` and `others` hold a bit for each rule, and further up one for each right, that a person's tier stands for, and
    that the tiers of the others do: of those before it in the household, then also of those after it.
    """
    home, tier, tier_bits, kin, own, others = persons.home, persons.tier, t.tier_bits, room.kin, room.own, room.others
    n, start, met = hi - lo, np.uint64(lo), np.uint64(0)
    for near in range(n):
        i = np.uint64(near)
        met &= np.uint64(home[start + i] >> np.uint8(7)) - np.uint64(1)  # a household begins: nobody is before
        own[i] = tier_bits[np.uint64(tier[start + i]) & np.uint64(TIER)]
        others[i] = met
        met |= own[i]
    met = np.uint64(0)
    for near in range(n):
        i = np.uint64(n - 1 - near)
        others[i] |= met
        met = (met | own[i]) & (np.uint64(home[start + i] >> np.uint8(7)) - np.uint64(1))
        kin[i] = others[i] & np.uint64(0xFF)
    for near in range(n, n + 8):
        kin[near] = 0
    for h in range(len(t.share_children)):
        bit, some = np.uint64(8 + h), np.uint64(0)
        if t.share_children[h]:
            for near in range(n):
                i = np.uint64(near)
                some += ((own[i] | others[i]) >> bit & np.uint64(1)) * np.uint64(home[start + i] & np.uint8(CHILDREN))
        else:
            for near in range(n):
                i = np.uint64(near)
                some += (others[i] & ~own[i]) >> bit & np.uint64(1)
        counts.shared[row, u, h] += some


@_inner
def kin(row, lo, many, u, persons, t, room, counts):
    """The points of kin rules."""
    found, tier, kin, jump, charged, points, gone, kin_points = (
        room.found, persons.tier, room.kin, room.jump, room.charged, counts.points, t.gone, t.kin_points)
    for i in range(many):
        near = found[i]
        held = tier[lo + near] & TIER
        if gone[held]:
            kin[near] = 0
            continue
        given = kin_points[kin[near]]
        jump[near] += given
        charged[near] += min(0, given)
        points[row, u, held, 3] += given


@_inner
def settle(lo, hi, u, persons, t, room):
    """The score after decay, handicap and points, within floor and ceiling; the tier that follows."""
    score, tier, debits, decayed = persons.score, persons.tier, persons.debits, t.decayed
    jump, charged, after, next_tier = room.jump, room.charged, room.after, t.next_tier
    n, start, g = hi - lo, np.uint64(lo), np.uint64(t.unit_row[u])
    each, top = t.handicap[g], next_tier.shape[2] - 1
    for near in range(n):
        debits[start + np.uint64(near)] -= charged[np.uint64(near)]
    for near in range(n):
        i = np.uint64(near)
        s = min(max(decayed[np.uint64(np.uint16(score[start + i]))] + each + jump[i], 0), top)
        score[start + i] = s
        after[i] = next_tier[g, np.uint64(tier[start + i]) & np.uint64(TIER), np.uint64(s)]


@_inner
def settle_by_cell(lo, hi, persons, t, room):
    """The same where the rules differ between people of one unit: each by the row of the own cell."""
    score, tier, debits, decayed, cell = persons.score, persons.tier, persons.debits, t.decayed, persons.cell
    jump, charged, after, next_tier = room.jump, room.charged, room.after, t.next_tier
    n, start, handicap, ladder_of, top = hi - lo, np.uint64(lo), t.handicap, t.ladder_of, next_tier.shape[2] - 1
    for near in range(n):
        debits[start + np.uint64(near)] -= charged[np.uint64(near)]
    for near in range(n):
        i = np.uint64(near)
        row = np.uint64(ladder_of[np.uint64(cell[start + i])])
        s = min(max(decayed[np.uint64(np.uint16(score[start + i]))] + handicap[row] + jump[i], 0), top)
        score[start + i] = s
        after[i] = next_tier[row, np.uint64(tier[start + i]) & np.uint64(TIER), np.uint64(s)]


@_inner
def changes(lo, hi, relatives, persons, t, room):
    """Caps of kin rules, and whose tier is new."""
    tier, after, moved, n, start = persons.tier, room.after, room.moved, hi - lo, np.uint64(lo)
    for i in range(relatives):
        near = room.found[i]
        after[near] = min(after[near], t.kin_cap[room.kin[near]])
    for near in range(n):
        i = np.uint64(near)
        moved[i] = after[i] ^ (tier[start + i] & np.uint8(TIER))
    for near in range(n, n + 8):
        moved[near] = 0


@_inner
def stay(step, lo, hi, persons, t, room):
    """Who has not been in a tier for as long as it lasts at least is not let out of it, unless into a worse one."""
    tier, since, after, stay = persons.tier, persons.since, room.after, t.stay
    for near in range(hi - lo):
        held = tier[lo + near] & TIER
        if after[near] > held and step - since[lo + near] < stay[held]:
            after[near] = held


@_inner
def move(step, row, lo, many, u, persons, room, counts):
    """Those whose tier is new, and the spells that end with the old one."""
    found, after, cell, tiers, since = room.found, room.after, persons.cell, persons.tier, persons.since
    occupancy, moves, wrongful_ever, left = counts.occupancy, counts.moves, counts.wrongful_ever, counts.left
    for i in range(many):
        place, to = lo + found[i], after[found[i]]
        c, tier, ever = cell[place], tiers[place] & TIER, tiers[place] & EVER
        kept = tiers[place] & (EVER | FALLEN)
        occupancy[row, c, tier] -= 1
        occupancy[row, c, to] += 1
        moves[row, u, tier, to] += 1
        if ever != 0:
            wrongful_ever[row, u, tier] -= 1
            wrongful_ever[row, u, to] += 1
        left[u, tier, step - since[place]] += 1
        since[place] = step
        tiers[place] = to | kept | FALLEN if to == 0 else to | kept
