"""The way in. A set-up from nothing needs the network: continuous integration tries it, its every run begins so."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
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
        "FINISHED": venv / ".sv-finished", "UNFINISHED": venv / ".sv-unfinished",
    }.items():
        monkeypatch.setattr(module, name, str(value))
    (tmp_path / "requirements.lock").write_text((ROOT / "requirements.lock").read_text())
    return module


@pytest.fixture
def installs(sv: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces the two slow steps by short ones and lists which of them ran."""
    done: list[str] = []

    def make_venv() -> None:
        done.append("venv")
        Path(sv.PYTHON).parent.mkdir(parents=True, exist_ok=True)
        Path(sv.UNFINISHED).unlink(missing_ok=True)
        Path(sv.PYTHON).unlink(missing_ok=True)
        Path(sv.PYTHON).symlink_to(sys.executable)

    monkeypatch.setattr(sv, "make_venv", make_venv)
    monkeypatch.setattr(sv, "install", lambda: done.append("install"))
    monkeypatch.setattr(sv, "put_source_on_path", lambda: None)
    return done


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13), (3, 14, 0)])
def test_another_python_is_refused_in_one_sentence(sv: ModuleType, version: tuple[int, int, int]) -> None:
    with pytest.raises(sv.SetupError) as refusal:
        sv.refuse_other_pythons(version)
    message = str(refusal.value)
    this = ".".join(map(str, version))
    assert message.startswith(f"sousveil needs Python 3.11, 3.12 or 3.13, and this is Python {this}; ")
    assert "\n" not in message


@pytest.mark.parametrize("version", [(3, 11, 2), (3, 12, 1), (3, 13, 0)])
def test_the_supported_pythons_pass(sv: ModuleType, version: tuple[int, int, int]) -> None:
    sv.refuse_other_pythons(version)


def test_a_python_without_venv_is_told_what_to_install(sv: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(sv.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    assert sv.main(["demo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in err


def test_set_up_runs_once_and_again_only_when_the_lock_changes(sv: ModuleType, installs: list[str]) -> None:
    sv.set_up()
    sv.set_up()
    assert installs == ["venv", "install"]
    with open(sv.LOCK, "a") as lock:
        lock.write("# changed\n")
    sv.set_up()
    assert installs == ["venv", "install", "install"]


def test_an_install_cut_short_is_begun_afresh(sv: ModuleType, installs: list[str],
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short() -> None:
        raise KeyboardInterrupt

    sv.set_up()
    before = Path(sv.LOCK).read_text()
    Path(sv.LOCK).write_text(before + "# changed\n")
    with monkeypatch.context() as patch:
        patch.setattr(sv, "install", cut_short)
        assert sv.main(["setup"]) == 130
    Path(sv.LOCK).write_text(before)  # even with the old lock back, the half-written packages are not trusted
    installs.clear()
    sv.set_up()
    assert installs == ["venv", "install"]


def test_a_vanished_python_is_replaced(sv: ModuleType, installs: list[str]) -> None:
    sv.set_up()
    Path(sv.PYTHON).unlink()
    Path(sv.PYTHON).symlink_to("/nonexistent/python3.11")
    installs.clear()
    sv.set_up()
    assert installs == ["venv", "install"]


def test_one_package_is_cut_out_of_the_lock(sv: ModuleType) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    block = sv.block_of("uv", lock)
    assert block.startswith("uv==")
    assert block in lock
    assert all(line.startswith("    --hash=sha256:") for line in block.splitlines()[1:])
    with pytest.raises(sv.SetupError, match="0 times"):
        sv.block_of("uv", "uvicorn==1 \\\n    --hash=sha256:00\n")


def test_the_lock_pins_by_hash_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "//" not in lock
    assert " @ " not in lock
    assert "index" not in lock
    for block in re.split(r"\n(?=\S)", lock.strip()):
        assert re.fullmatch(r"[\w.-]+==\S+( ;[^\\]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+", block), block


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


def test_it_can_be_read_by_python_3_6() -> None:
    """No syntax newer than the oldest Python that people still meet: `ast` refuses what 3.6 could not parse."""
    import ast

    ast.parse((ROOT / "sv").read_text(), feature_version=(3, 6))


def test_commands_reach_sousveil_through_sv() -> None:
    """The real thing, in this checkout: only where its .venv is the one that runs the tests."""
    if Path(sys.prefix) != ROOT / ".venv" or not (ROOT / ".venv" / ".sv-finished").exists():
        pytest.skip("this checkout was not set up by sv")
    done = subprocess.run([sys.executable, str(ROOT / "sv"), "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)
