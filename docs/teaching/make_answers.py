"""For teachers: works the exercises out under every seed, and writes the hashes of the answers beside this file.

    python docs/teaching/make_answers.py        after a change of the exercises, or of what a run comes to
"""

import json

from marking import ANSWERS, SEEDS, hashed

import sousveil as sv

SIZE = {"people": 400, "steps": 24, "engine": "agents"}


def answers(seed):
    """Exercise -> its answer, under a seed."""
    run = sv.run("seed-article", seed=seed, **SIZE)
    steps, moves = run.trace.steps, run.trace.moves
    last = [row for row in steps.to_pylist() if row["step"] == SIZE["steps"]]
    freed = sv.run(sv.study("seed-article").reform("no-ceiling"), seed=seed, **SIZE)
    top = [row for row in freed.trace.steps.to_pylist() if row["step"] == SIZE["steps"]]
    fell = [row for row in moves.to_pylist() if row["to"] == "untrustworthy"]
    return {
        "tier": sum(row["persons"] for row in last if row["group"] == "B" and row["tier"] == "average"),
        "wrongful": sum(row["wrongful_given"] for row in steps.to_pylist()),
        "fell": sum(row["persons"] for row in fell),
        "reform": sum(row["persons"] for row in top if row["group"] == "B" and row["tier"] == "trustworthy"),
        "bits": steps.select(["step", "group", "district", "tier", "persons"]),
    }


if __name__ == "__main__":
    found = {}
    for seed in range(1, SEEDS + 1):
        for exercise, answer in answers(seed).items():
            found.setdefault(exercise, {})[str(seed)] = hashed(exercise, seed, answer)
    ANSWERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
