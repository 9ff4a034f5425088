"""Exercises that mark themselves: an answer is right when its bits are those of the solution, under one's own seed.

    seed = seed_of("Ada Lovelace")      a seed for each student, so that neighbours have other answers
    mark("tier", seed, 41)              whether 41 is right

The same study and seed give the same bits on every machine. So an answer needs no tolerance, and no teacher: beside
this file lie the hashes of the right answers, which tell nobody what they are.
"""

import hashlib
import json
from pathlib import Path

SEEDS = 40
"""So many seeds there are; a larger class shares them."""

ANSWERS = Path(__file__).parent / "answers.json"


def seed_of(name):
    """The seed of a student, from 1 to 40: the same whenever the same name is typed."""
    return int(hashlib.sha256(" ".join(name.split()).casefold().encode()).hexdigest(), 16) % SEEDS + 1


def hashed(exercise, seed, answer):
    """What is compared: a hash of the exercise, the seed and the bits of the answer.

    answer   a whole number, a name, or a table: of that, every value of every column
    """
    if hasattr(answer, "to_pydict"):
        answer = answer.to_pydict()
    if hasattr(answer, "item"):
        answer = answer.item()
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)
    return hashlib.sha256(json.dumps([exercise, seed, answer]).encode()).hexdigest()[:20]


def mark(exercise, seed, answer):
    """Whether an answer is right; None is no answer yet."""
    if answer is None:
        return f"{exercise}: no answer yet"
    right = json.loads(ANSWERS.read_text(encoding="utf-8"))[exercise][str(seed)]
    return f"{exercise}: {'right, to the last bit' if hashed(exercise, seed, answer) == right else 'not yet'}"
