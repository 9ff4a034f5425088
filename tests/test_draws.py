"""The only source of chance: Random123's known answers, three ways of running, and the laws that a stream follows."""

from __future__ import annotations

import ast
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sousveil
from sousveil import draws
from sousveil.draws import Purpose, Stream, philox, replicate_seed, uniforms, words

# Random123, tests/kat_vectors: philox4x32, 10 rounds: counter (4), key (2), result (4).
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
word = st.integers(0, 2**32 - 1)


def hexadecimal(text: str) -> list[np.uint64]:
    return [np.uint64(int(part, 16)) for part in text.split()]


@numba.njit
def compiled(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    return _philox(c0, c1, c2, c3, k0, k1)


_philox = numba.njit(philox)


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_philox_gives_the_known_answers(counter: str, key: str, result: str) -> None:
    arguments = [*hexadecimal(counter), *hexadecimal(key)]
    assert list(philox(*arguments)) == hexadecimal(result)
    assert list(compiled(*arguments)) == hexadecimal(result)
    arrays = [np.full(3, argument) for argument in arguments]
    assert [set(x.tolist()) for x in philox(*arrays)] == [{int(x)} for x in hexadecimal(result)]


@given(st.lists(word, min_size=6, max_size=6))
def test_scalars_arrays_and_compiled_code_agree(given_words: list[int]) -> None:
    scalars = [np.uint64(x) for x in given_words]
    arrays = [np.array([x, 0], dtype=np.uint64) for x in given_words]
    expected = philox(*scalars)
    assert expected == compiled(*scalars)
    assert [int(x[0]) for x in philox(*arrays)] == [int(x) for x in expected]


def test_words_are_the_counter_that_the_docstring_names() -> None:
    seed, person, step, purpose, block = 0x299F31D0A4093822, 0x85A308D3243F6A88, 0x13198A2E, 0x03, 0x707344
    assert words(seed, person, step, purpose, block).tolist() == [int(x) for x in hexadecimal(KNOWN[2][2])]


@given(word, st.lists(st.integers(0, 2**40), min_size=1, max_size=5), word, st.sampled_from(Purpose))
def test_a_draw_belongs_to_a_person_and_not_to_an_order(seed: int, people: list[int], step: int,
                                                        purpose: Purpose) -> None:
    together = words(seed, people, step, purpose)
    alone = [words(seed, person, step, purpose).tolist() for person in reversed(people)]
    assert together.tolist() == alone[::-1]


@given(word, word, word, st.sampled_from(Purpose), st.integers(0, 3))
def test_any_part_of_the_key_makes_another_draw(seed: int, person: int, step: int, purpose: Purpose,
                                                block: int) -> None:
    here = words(seed, person, step, purpose, block).tolist()
    others = [words(seed + 2**32, person, step, purpose, block), words(seed ^ 1, person, step, purpose, block),
              words(seed, person + 2**32, step, purpose, block), words(seed, person ^ 1, step, purpose, block),
              words(seed, person, step ^ 1, purpose, block), words(seed, person, step, purpose + 1, block),
              words(seed, person, step, purpose, block + 1)]
    assert all(other.tolist() != here for other in others)


def test_purposes_stay_as_they_are() -> None:
    """Their numbers are part of every published result."""
    assert {p.name: int(p) for p in Purpose} == {
        "STEP": 1, "WRONGFUL": 2, "START": 3, "HOME": 4, "PLACE": 5, "LEDGER": 6, "SAMPLE": 7, "SIZE": 8,
        "REPLICATE": 9, "RECORD": 10, "RENEWAL": 11, "RELEASE": 12, "RANK": 13, "IRRELEVANT": 14, "APPEAL": 15,
        "ORACLE": 16, "LISTING": 24, "RESAMPLE": 32, "UNKNOWN": 33, "MARK": 34,
        "INFERENCE": 48, "CONFLICT": 49, "PREDICTED": 50}


def test_uniforms_lie_inside_the_interval_and_are_uniform() -> None:
    u = uniforms(1, np.arange(50_000), 1, Purpose.ORACLE)
    assert u.shape == (50_000, 2)
    assert u.min() > 0.0
    assert u.max() < 1.0
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-6
    assert abs(np.corrcoef(u[:, 0], u[:, 1])[0, 1]) < 5 / np.sqrt(len(u))


def test_a_stream_reads_the_blocks_of_its_purpose_in_order() -> None:
    stream = Stream(7, 3, 2, Purpose.ORACLE)
    expected = uniforms(7, 3, 2, Purpose.ORACLE, np.arange(2500)).ravel().tolist()
    assert [stream.uniform() for _ in range(5000)] == expected


@pytest.mark.parametrize("rate", [0.0, 0.02, 1.3, 40.0, 700.0])
def test_a_stream_draws_poisson_numbers(rate: float) -> None:
    stream = Stream(1, 2, 3, Purpose.ORACLE)
    drawn = np.array([stream.poisson(rate) for _ in range(4000)])
    law = stats.poisson(rate)
    edges = np.unique(law.ppf(np.linspace(0.05, 0.95, 10)))
    expected = np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]])) * len(drawn)
    found = np.diff(np.concatenate([[0.0], [(drawn <= edge).sum() for edge in edges], [len(drawn)]]))
    full = expected > 0
    assert (found[~full] == 0).all()
    assert ((found - expected)[full] ** 2 / expected[full]).sum() < stats.chi2.isf(1e-6, max(1, full.sum() - 1))


@given(st.integers(1, 12))
def test_a_stream_picks_each_number_below_as_often(n: int) -> None:
    stream = Stream(5, n, 0, Purpose.ORACLE)
    found = np.bincount([stream.below(n) for _ in range(1200)], minlength=n)
    assert len(found) == n
    assert ((found - 1200 / n) ** 2 * n / 1200).sum() < stats.chi2.isf(1e-9, max(1, n - 1))


@given(st.floats(0.0, 1.0))
def test_a_stream_lets_things_happen_with_their_chance(chance: float) -> None:
    stream = Stream(5, 0, 1, Purpose.ORACLE)
    happened = sum(stream.happens(chance) for _ in range(1000))
    assert stats.binom.sf(happened - 1, 1000, chance) > 1e-9
    assert stats.binom.cdf(happened, 1000, chance) > 1e-9


CHANCE = {"random", "secrets", "default_rng", "RandomState", "Generator", "Philox", "PCG64", "uuid4", "urandom",
          "token_hex", "getrandbits"}


def sources() -> list[Path]:
    return sorted(Path(sousveil.__file__).parent.rglob("*.py"))


def chances(source: str) -> set[str]:
    """Names in a source that make random numbers: modules imported, attributes and functions called."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom) and node.module != "collections.abc":
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
            if node.attr == "rvs":
                found.add("random")
    return found & CHANCE


def test_nothing_else_makes_random_numbers() -> None:
    assert len(sources()) > 10
    found = {path: chances(path.read_text(encoding="utf-8")) for path in sources() if path != Path(draws.__file__)}
    # What nobody may guess is no draw: tokens of the app, and the salt of the ledger of audits.
    root = Path(draws.__file__).parent
    secret = {root / "app" / name for name in ("serve.py", "uploads.py", "writes.py")} | {root / "audits" / "ledger.py"}
    allowed = {path: {"secrets", "token_hex", "urandom"} if path in secret else set() for path in found}
    assert {path: names for path, names in found.items() if names - allowed[path]} == {}


@pytest.mark.parametrize("source", ["import random", "from numpy.random import default_rng", "np.random.seed(1)",
                                    "import secrets", "from scipy import stats\nstats.norm.rvs(3)", "os.urandom(4)"])
def test_the_reading_of_sources_finds_chance(source: str) -> None:
    assert chances(source)


def test_no_replicate_of_a_seed_is_a_replicate_of_its_neighbours() -> None:
    seeds = [replicate_seed(seed, i) for seed in range(40) for i in range(40)]
    assert len(set(seeds)) == len(seeds)
    assert [replicate_seed(seed, 0) for seed in (0, 7, 2**63 - 1)] == [0, 7, 2**63 - 1]
    assert all(seed < 2**53 for seed in seeds)
