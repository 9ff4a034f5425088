"""Files with one mistake each, and the exact message that each must give.

The first line of a file in `broken/` says it. `# alone: LINE:COLUMN  message` is seen when the file is checked by
itself, `# in a study: ...` only beside the three other files, which come from `broken/good/`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sousveil.studies.study import check

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(BROKEN.glob("*.yaml"))


def kind(path: Path) -> str:
    """Which of the four a file is: the first key at the left margin that says so."""
    first = path.read_text(encoding="utf-8", errors="replace").splitlines()[1]
    return first.split(":")[0]


def test_the_good_files_are_good():
    assert [check(path).problems for path in sorted((BROKEN / "good").iterdir())] == [()] * 4
    assert len(FILES) >= 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_mistake_gives_exactly_its_message(path, tmp_path):
    first = path.read_bytes().split(b"\n", 1)[0].decode().removeprefix("# ")
    where, _, message = first.partition(": ")
    shutil.copytree(BROKEN / "good", tmp_path, dirs_exist_ok=True)
    broken = tmp_path / f"{kind(path)}.yaml"
    shutil.copy(path, broken)
    in_a_study = [str(problem).removeprefix(f"{tmp_path}/") for problem in check(tmp_path / "study.yaml").problems]
    assert in_a_study == [f"{broken.name}:{message}"]
    alone = [str(problem).removeprefix(f"{tmp_path}/") for problem in check(broken).problems]
    assert where in ("alone", "in a study")
    assert alone == (in_a_study if where == "alone" or broken.name == "study.yaml" else [])
