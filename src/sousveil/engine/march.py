"""The compiled loop over steps. What it does is told in `month.py`, person by person; here it is done for millions.

People go in blocks of one unit that split no household. A step of a block is a row of short loops over its persons,
each of which does one thing: draws words, looks up jumps, and so on. What befalls few of them (a record that is not
their own, another tier) is only marked there, by a byte a person, and done afterwards for those marked: a branch that
cannot be foreseen costs as much as all else that is done for a person.

People who hang together through mistaken records (a tie, see `Tables`) take a step together, for a step needs to know
who was in which tier before it. Where a tie is small, it goes through many steps at once, while all that it needs is at
hand; so does everybody where nothing is mistaken.

Everything arrives as flat arrays of fixed types, so that one compilation serves every scheme. The loop holds no lock
(`nogil`): the caller runs several at once, each on its own blocks with its own accumulators. All sums over persons are
sums of whole numbers, so their order does not matter.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.appealed import irrelevant, listed, stand
from sousveil.engine.arrays import CHILDREN, EVER, FALLEN, TIER
from sousveil.engine.compiled import INNER, LENT, kept
from sousveil.engine.lean import empty, zeros
from sousveil.engine.registers import fourth_words, keep, sum_up
from sousveil.engine.strays import befall

__all__ = ["advance"]

_inner = numba.njit(**LENT)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_STEP = np.uint64(int(Purpose.STEP) << 24)


@kept
def advance(first_step, last_step, first_block, last_block, blocks, persons, t, register, appeals, room, counts, key0,
            key1):
    """Carry the persons of some blocks from first_step through last_step - 1.

    first_block, last_block  places in the order of blocks; with more than one step, a tie's blocks are all among them
    register                 t.kept where records are kept, else None: who keeps none compiles nothing of it
    appeals                  t.appeals where more than mistakes can be appealed, else None, for the same reason
    room                     room to work in, see `room_for`; everything is lent, see `lent`

    Returns the records of these blocks, one block after the other in their order, and how many each has [blocks]; with
    a register, one step is taken at a time.
    """
    family = len(t.share_children) > 0 or t.kin_points.shape[0] > 1
    records = empty(2 * len(room.landed), np.uint32)
    zero, put = np.int64(0), np.int64(0)  # a plain 0 compiles `keep` twice
    lengths = zeros(len(blocks.unit) if t.kept.on else 0, np.int64)
    b = first_block
    while b < last_block:
        tie, after = t.tie[blocks.unit[blocks.order[b]]], b + 1
        while t.coupled and after < last_block and t.tie[blocks.unit[blocks.order[after]]] == tie:
            after += 1
        for step in range(first_step, last_step):
            row = step - first_step
            if row == 0 or t.coupled:
                _gates(row, tie, t, room, counts)
            for nth in range(b, after):
                block = blocks.order[nth]
                lo, hi, u = blocks.bounds[block], blocks.bounds[block + 1], blocks.unit[block]
                _words(hi - lo, np.uint64(lo + blocks.shift[block]), np.uint64(step), room, key0, key1)
                if len(t.timed_tier) > 0:
                    _first_steps(step, row, lo, hi, persons, t, counts)
                if len(t.borne_place) > 0:
                    _placed(step, row, lo, hi, u, persons, t, counts)
                _laws(lo, hi, persons, counts, room)
                _debits(hi - lo, t, room)
                _credits(hi - lo, t, room)
                _sums(row, lo, hi, u, persons, room, counts)
                if appeals is not None:
                    if appeals.listings:
                        listed(step, row, lo, hi, u, blocks.shift[block], persons, t, appeals, room, counts,
                               persons.first[block] if t.kept.on else 0, key0, key1)
                    irrelevant(step, row, lo, hi, u, blocks.shift[block], persons, t, appeals, room, counts, key0, key1)
                if register is not None:
                    fourth_words(hi - lo, np.uint64(lo + blocks.shift[block]), np.uint64(step), room, key0, key1)
                    near, old, begins = zero, persons.first[block], put
                    while near < hi - lo:
                        near, old, put = keep(step, row, lo, near, hi, u, blocks.shift[block], persons, t, appeals,
                                              room, counts, old, records, put, key0, key1)
                        if near < hi - lo:
                            records = _wider(records, put)
                    lengths[block] = put - begins
                else:
                    many = _marked(room.records, room.records_eights, hi - lo, room.found)
                    befall(step, row, lo, many, u, blocks.shift[block], persons, t, appeals, room, counts, key0, key1)
                if appeals is not None:
                    stand(lo, hi, persons, t, appeals, room)
                if len(persons.due_who) > 0:
                    _given_back(row, lo, hi, u, persons, room, counts)
                relatives = 0
                if family:
                    _family(row, lo, hi, u, persons, t, room, counts)
                    relatives = _marked(room.kin, room.kin_eights, hi - lo, room.found)
                    _kin(row, lo, relatives, u, persons, t, room, counts)
                if t.leaving:
                    _remember(lo, hi, persons, room)
                if t.kept.sums:
                    if register is not None:
                        sum_up(lo, hi, persons, t, room)
                elif t.differ:
                    _settle_by_cell(lo, hi, persons, t, room)
                else:
                    _settle(lo, hi, u, persons, t, room)
                if t.leaving:
                    _frozen(lo, hi, persons, t, room)
                if t.staying:
                    _stay(step, lo, hi, persons, t, room)
                _changes(lo, hi, relatives, persons, t, room)
                many = _marked(room.moved, room.moved_eights, hi - lo, room.found)
                _move(step, row, lo, many, u, persons, room, counts)
            if t.coupled and step + 1 < last_step:
                _stand(row, tie, t, room, counts)
        b = after
    return records[:put], lengths


@numba.njit(**INNER)
def _wider(records, put):
    """Twice the room for records, of which there are `put`."""
    wider = empty(2 * len(records), np.uint32)
    for i in range(put):  # a slice would bring the words of a refusal with it, which take seconds to compile
        wider[i] = records[i]
    return wider


@_inner
def _gates(row, tie, t, room, counts):
    """What falls on the people of a tie in this step that is not their own doing. pull [P, K]: records that pools
    pin on others; by cell of the tie and tier, upto [.., 2K]: running total of mean records on a person, mistaken, then
    spurious; none [..], the chance of none; gate [C x T], that chance in 2**32 (a word above it means at least one).
    """
    tiers, kinds = t.mistaken.shape[1:]
    for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
        for k in range(kinds):
            room.pull[t.pool[t.tie_cells[nth]], k] = 0.0
    if t.coupled:
        for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
            c = t.tie_cells[nth]
            for tier in range(tiers):
                if room.standing[c, tier] > 0:
                    for k in range(kinds):
                        room.pull[t.pool[c], k] += room.standing[c, tier] * t.mistaken[c, tier, k]
        for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
            for k in range(kinds):
                counts.pulls[row, t.pool[t.tie_cells[nth]], k] = room.pull[t.pool[t.tie_cells[nth]], k]
    at = 0
    for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
        c = t.tie_cells[nth]
        pool, others = t.pool[c], t.others[t.pool[c]]
        each = 1.0 / others if others > 0 else 0.0
        for tier in range(tiers):
            total = 0.0
            for k in range(kinds):
                total += max(0.0, room.pull[pool, k] - t.mistaken[c, tier, k]) * each
                room.upto[at, k] = total
            for k in range(kinds):
                total += t.spurious[c, k]
                room.upto[at, kinds + k] = total
            room.none[at] = math.exp(-total)
            room.gate[c * tiers + tier] = min(4294967295.0, room.none[at] * 4294967296.0)
            if t.gone[tier]:  # nobody records anything on who has left
                room.gate[c * tiers + tier] = np.uint32(4294967295)
            at += 1


@_inner
def _stand(row, tie, t, room, counts):
    """Who of a tie is in which tier after a step."""
    for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
        c = t.tie_cells[nth]
        for tier in range(room.standing.shape[1]):
            room.standing[c, tier] += counts.occupancy[row, c, tier]


# In the loops over all persons of a block, places are unsigned: a signed one may count from the end, which would be
# asked each time. And nothing in them makes a view or gives an array another name, not by calling a function that is
# inlined either: numba would count references to it, for every person, with instructions that lock the memory bus.

@_inner
def _words(n, first, step, room, key0, key1):
    """Three words for each person, from the one whose number is `first` on."""
    word0, word1, word2 = room.word0, room.word1, room.word2
    for near in range(n):
        who, i = first + np.uint64(near), np.uint64(near)
        word0[i], word1[i], word2[i], _ = _philox(who & _LOW, who >> _HALF, step, _STEP, key0, key1)


# Own records: loops that are many and short, so that each needs few arrays, and some go for sixteen persons at once. A
# word leads to points as `Inverse` says; twice the same lines, for as a function they would take arrays.

@_inner
def _laws(lo, hi, persons, counts, room):
    """Which cell and tier each person is of, in one number."""
    cell, tier, law, start = persons.cell, persons.tier, room.law, np.uint64(lo)
    tiers = np.uint32(counts.points.shape[2])
    for near in range(hi - lo):
        i = np.uint64(near)
        law[i] = np.uint32(cell[start + i]) * tiers + (np.uint32(tier[start + i]) & np.uint32(TIER))


@_inner
def _debits(n, t, room):
    """Points that own records take: charged."""
    law, charged, word0, rows, hidden = room.law, room.charged, room.word0, t.row, np.uint32(32 - t.bits)
    guide, to, jump = t.debit.guide, t.debit.to, t.debit.jump
    for near in range(n):
        i = np.uint64(near)
        entry = guide[np.uint64(rows[np.uint64(law[i])]) + np.uint64(word0[i] >> hidden)]
        points = np.int32(entry >> 1)
        if entry & 1:
            place = np.uint64(points)
            while word0[i] > to[place]:
                place += np.uint64(1)
            points = jump[place]
        charged[i] = points


@_inner
def _credits(n, t, room):
    """Points that own records give: jump; and who meets with records of others."""
    law, credit, word1, rows, hidden = room.law, room.jump, room.word1, t.row, np.uint32(32 - t.bits)
    guide, to, jump = t.credit.guide, t.credit.to, t.credit.jump
    word2, gate, records = room.word2, room.gate, room.records
    for near in range(n):
        i = np.uint64(near)
        entry = guide[np.uint64(rows[np.uint64(law[i])]) + np.uint64(word1[i] >> hidden)]
        points = np.int32(entry >> 1)
        if entry & 1:
            place = np.uint64(points)
            while word1[i] > to[place]:
                place += np.uint64(1)
            points = jump[place]
        credit[i] = points
        records[i] = word2[i] > gate[np.uint64(law[i])]
    for near in range(n, n + 8):
        records[near] = 0


@_inner
def _sums(row, lo, hi, u, persons, room, counts):
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
def _marked(marks, eights, n, found):
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
def _first_steps(step, row, lo, hi, persons, t, counts):
    """Who is in the first steps of a stay in which something is borne for a time."""
    cell, tier, since, fresh = persons.cell, persons.tier, persons.since, counts.fresh
    timed_tier, timed_steps = t.timed_tier, t.timed_steps
    for place in range(lo, hi):
        for d in range(len(timed_tier)):
            if tier[place] & TIER == timed_tier[d] and step - since[place] <= timed_steps[d]:
                fresh[row, cell[place], d] += 1


@_inner
def _placed(step, row, lo, hi, u, persons, t, counts):
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
def _remember(lo, hi, persons, room):
    """The scores before a step, in the place of words that are used up."""
    word0, score = room.word0, persons.score
    for near in range(hi - lo):
        word0[near] = np.uint32(score[lo + near])


@_inner
def _frozen(lo, hi, persons, t, room):
    """Who has left is not scored any more."""
    word0, score, tier, gone = room.word0, persons.score, persons.tier, t.gone
    for near in range(hi - lo):
        if gone[tier[lo + near] & TIER]:
            score[lo + near] = np.int16(word0[near])


@_inner
def _given_back(row, lo, hi, u, persons, room, counts):
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
def _family(row, lo, hi, u, persons, t, room, counts):
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
def _kin(row, lo, many, u, persons, t, room, counts):
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
def _settle(lo, hi, u, persons, t, room):
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
def _settle_by_cell(lo, hi, persons, t, room):
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
def _changes(lo, hi, relatives, persons, t, room):
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
def _stay(step, lo, hi, persons, t, room):
    """Who has not been in a tier for as long as it lasts at least is not let out of it, unless into a worse one."""
    tier, since, after, stay = persons.tier, persons.since, room.after, t.stay
    for near in range(hi - lo):
        held = tier[lo + near] & TIER
        if after[near] > held and step - since[lo + near] < stay[held]:
            after[near] = held


@_inner
def _move(step, row, lo, many, u, persons, room, counts):
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
