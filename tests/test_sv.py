"""The way in. A set-up from nothing needs the network: continuous integration tries it, its every run begins so."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def sv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`sv` as a module whose .venv and lock stand in a folder of their own."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = importlib.machinery.SourceFileLoader("sv_under_test", str(ROOT / "sv"))
    spec = importlib.util.spec_from_loader("sv_under_test", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    venv = tmp_path / ".venv"
    for name, value in {
        "HERE": tmp_path, "VENV": venv, "LOCK": tmp_path / "requirements.lock", "PYTHON": venv / "bin" / "python",
        "DEV_LOCK": tmp_path / "requirements-dev.lock", "WHEELS": tmp_path / "wheels",
        "DOCS_LOCK": tmp_path / "requirements-docs.lock", "DOCS_FINISHED": venv / ".sv-docs-finished",
        "FINISHED": venv / ".sv-finished", "UNFINISHED": venv / ".sv-unfinished",
    }.items():
        monkeypatch.setattr(module, name, str(value))
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text((ROOT / lock).read_text())
    return module


@pytest.fixture
def installs(sv: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces the two slow steps by short ones and lists which of them ran, and from which lock."""
    done: list[str] = []

    def make_venv() -> None:
        done.append("venv")
        Path(sv.PYTHON).parent.mkdir(parents=True, exist_ok=True)
        Path(sv.UNFINISHED).unlink(missing_ok=True)
        Path(sv.PYTHON).unlink(missing_ok=True)
        Path(sv.PYTHON).symlink_to(sys.executable)

    monkeypatch.setattr(sv, "make_venv", make_venv)
    monkeypatch.setattr(sv, "install", lambda lock: done.append(Path(lock).stem))
    monkeypatch.setattr(sv, "put_source_on_path", lambda: None)
    # The Python that stands in for the one of .venv need not have pip.
    monkeypatch.setattr(sv, "quietly", lambda command: 0 if os.path.exists(command[0]) else 1)
    return done


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13), (3, 16, 0), (4, 0, 0)])
def test_another_python_is_refused_in_one_sentence(sv: ModuleType, version: tuple[int, int, int]) -> None:
    with pytest.raises(sv.SetupError) as refusal:
        sv.refuse_other_pythons(version)
    message = str(refusal.value)
    this = ".".join(map(str, version))
    assert message.startswith("sousveil needs Python 3.11 to 3.15")
    assert f", and this is Python {this}; " in message
    assert ("not there yet" in message) == (version > (3, 15))
    assert "\n" not in message


@pytest.mark.parametrize("version", [(3, 11, 2), (3, 12, 1), (3, 13, 0), (3, 14, 10), (3, 15, 2)])
def test_the_supported_pythons_pass(sv: ModuleType, version: tuple[int, int, int]) -> None:
    sv.refuse_other_pythons(version)


def test_the_supported_pythons_are_the_same_everywhere(sv: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [name.rpartition(" ")[2] for name in project["classifiers"] if name.startswith("Programming Language")]
    assert named == sv.pythons()
    assert project["requires-python"] == f">={named[0]}"  # pip needs no upper bound: the wheels say it
    for page in (ROOT / "README.md", ROOT / "docs" / "install.md"):
        assert f"Python {named[0]} to {named[-1]}" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("system", "kind"), [("macos", "x86_64"), ("windows", "arm64"), ("linux", "armv7l"),
                                              ("linux with musl", "x86_64"), ("freebsd14", "x86_64")])
def test_another_machine_is_refused_in_one_sentence(sv: ModuleType, system: str, kind: str) -> None:
    with pytest.raises(sv.SetupError) as refusal:
        sv.refuse_other_machines(system, kind)
    assert str(refusal.value) == (f"this is {system} ({kind}), and the packages that sousveil needs are published for "
                                  "linux (x86_64 or arm64), macos (arm64), windows (x86_64) only")


def test_this_machine_passes(sv: ModuleType) -> None:
    sv.refuse_other_machines(sv.SYSTEM, sv.machine())


def test_a_python_without_venv_is_told_what_to_install(sv: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(sv.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    assert sv.main(["demo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in err


def changed(path: str) -> None:
    with open(path, "a") as lock:
        lock.write("# changed\n")


def test_set_up_runs_once_and_again_only_when_the_lock_changes(sv: ModuleType, installs: list[str]) -> None:
    sv.set_up()
    sv.set_up()
    changed(sv.DEV_LOCK)  # of which nothing is there
    sv.set_up()
    assert installs == ["venv", "requirements"]
    changed(sv.LOCK)
    sv.set_up()
    assert installs == ["venv", "requirements", "requirements"]


def test_tests_add_their_packages_and_nothing_takes_them_away(sv: ModuleType, installs: list[str]) -> None:
    sv.set_up()
    sv.set_up(for_tests=True)
    sv.set_up()
    sv.set_up(for_tests=True)
    assert installs == ["venv", "requirements", "requirements-dev"]
    changed(sv.DEV_LOCK)  # and it stays whole, whoever asks
    sv.set_up()
    assert installs == ["venv", "requirements", "requirements-dev", "requirements-dev"]


def test_tests_alone_need_one_install(sv: ModuleType, installs: list[str]) -> None:
    sv.set_up(for_tests=True)
    sv.set_up()
    assert installs == ["venv", "requirements-dev"]


@pytest.mark.parametrize(("typed", "lock"), [(["demo"], "requirements"), (["setup"], "requirements"),
                                             (["setup", "--dev"], "requirements-dev"), (["test"], "requirements-dev"),
                                             (["run", "test"], "requirements")])
def test_what_is_typed_decides_what_is_installed(sv: ModuleType, installs: list[str], typed: list[str], lock: str,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sv, "become", lambda command: 0)
    monkeypatch.setattr(sv, "test", lambda arguments: 0)
    assert sv.main(typed) == 0
    assert installs == ["venv", lock]


def test_the_tools_of_the_docs_are_added_once_to_what_is_there(sv: ModuleType, installs: list[str],
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sv, "become", lambda command: 0)
    Path(sv.DOCS_LOCK).write_text("sphinx==1\n")
    assert sv.main(["docs"]) == sv.main(["docs"]) == 0
    assert installs == ["venv", "requirements", "requirements-docs"]
    Path(sv.DOCS_LOCK).write_text("sphinx==2\n")
    assert sv.main(["docs"]) == 0
    assert installs[3:] == ["requirements-docs"]
    assert sv.main(["docs", "all"]) == 2


def test_setup_takes_no_other_word(sv: ModuleType, installs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert sv.main(["setup", "--devel"]) == 2
    assert capsys.readouterr().err == "sv: setup takes nothing, or --dev, not --devel\n"
    assert installs == []


def test_the_second_of_two_starts_waits_for_the_first(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    lock = tmp_path / "requirements.lock"
    lock.write_text("")
    second = f"""
import runpy, sys
sv = runpy.run_path({str(ROOT / "sv")!r})
sv["only_one_at_a_time"].__wrapped__.__globals__["LOCK"] = {str(lock)!r}
with sv["only_one_at_a_time"]():
    print("its turn", file=sys.stderr)
"""
    with open(lock, "rb") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        command = [sys.executable, "-c", second]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as other:
            assert other.stderr is not None
            assert other.stderr.readline() == "sv: another start of sv is setting up; waiting for it\n"
            fcntl.flock(first, fcntl.LOCK_UN)
            assert other.stderr.read() == "its turn\n"


def test_an_install_cut_short_is_begun_afresh(sv: ModuleType, installs: list[str],
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short(lock: str) -> None:
        raise KeyboardInterrupt

    sv.set_up()
    before = Path(sv.LOCK).read_text()
    changed(sv.LOCK)
    with monkeypatch.context() as patch:
        patch.setattr(sv, "install", cut_short)
        assert sv.main(["setup"]) == 130
    Path(sv.LOCK).write_text(before)  # even with the old lock back, the half-written packages are not trusted
    installs.clear()
    sv.set_up()
    assert installs == ["venv", "requirements"]


def test_adding_what_the_tests_need_can_be_cut_short_too(sv: ModuleType, installs: list[str],
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short(lock: str) -> None:
        raise KeyboardInterrupt

    sv.set_up()
    with monkeypatch.context() as patch:
        patch.setattr(sv, "install", cut_short)
        assert sv.main(["test"]) == 130
    installs.clear()
    sv.set_up()
    sv.set_up(for_tests=True)
    assert installs == ["venv", "requirements", "requirements-dev"]


def test_a_vanished_python_is_replaced(sv: ModuleType, installs: list[str]) -> None:
    sv.set_up()
    Path(sv.PYTHON).unlink()
    Path(sv.PYTHON).symlink_to("/nonexistent/python3.11")
    installs.clear()
    sv.set_up()
    assert installs == ["venv", "requirements"]


def test_one_package_is_cut_out_of_the_lock(sv: ModuleType) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    block = sv.block_of("uv", lock)
    assert block.startswith("uv==")
    assert block in lock
    assert all(line.startswith("    --hash=sha256:") for line in block.splitlines()[1:])
    with pytest.raises(sv.SetupError, match="0 times"):
        sv.block_of("uv", "uvicorn==1 \\\n    --hash=sha256:00\n")


@pytest.mark.parametrize("home", [None, "", "/nonexistent"])
def test_without_a_home_the_caches_stay_inside(sv: ModuleType, home: str | None, monkeypatch: pytest.MonkeyPatch,
                                               capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    sv.call([sys.executable, "-c", "import os; print(os.environ['UV_CACHE_DIR'])"])
    out, err = capfd.readouterr()
    assert out == ""
    assert err.strip() == os.path.join(sv.VENV, ".cache")


def test_the_long_tests_run_when_all_are_asked_for(sv: ModuleType, tmp_path: Path) -> None:
    two = tmp_path / "test_two.py"
    two.write_text("import pytest\n\n\ndef test_quick():\n    pass\n\n\n"
                   "@pytest.mark.long\ndef test_slow():\n    pass\n")

    def ran(*arguments: str) -> str:
        command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path),
                   "-p", "no:cacheprovider", *sv.pytest_arguments([*arguments, str(two)])]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    assert "1 passed, 1 deselected" in ran()
    # What else is typed goes to pytest.
    assert "1 passed, 1 deselected" in ran("-k", "slow", "--all")


def test_the_words_of_sv_are_no_commands_of_sousveil() -> None:
    from sousveil.cli import COMMANDS

    assert not {"test", "setup", "copy", "docs"} & set(COMMANDS)


def test_it_can_be_read_by_python_3_6() -> None:
    """No syntax newer than the oldest Python that people still meet: `ast` refuses what 3.6 could not parse."""
    import ast

    ast.parse((ROOT / "sv").read_text(), feature_version=(3, 6))


def test_a_copy_of_sv_that_stands_alone_says_where_it_belongs(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, shutil.copy(ROOT / "sv", tmp_path / "sv"), "demo"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("sv: there is no requirements.lock beside sv")
    assert "Traceback" not in done.stderr


def test_commands_reach_sousveil_through_sv() -> None:
    """The real thing, in this checkout: only where its .venv is the one that runs the tests."""
    if Path(sys.prefix) != ROOT / ".venv" or not (ROOT / ".venv" / ".sv-finished").exists():
        pytest.skip("this checkout was not set up by sv")
    done = subprocess.run([sys.executable, str(ROOT / "sv"), "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)
