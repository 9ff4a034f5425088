"""`sv copy`, with small wheels made here in place of the real ones: nothing is fetched."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"


def loaded(name: str, path: Path) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def sv(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`sv`, with the Python that runs the tests in place of the one it would set up."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    module = loaded("sv_under_test", ROOT / "sv")
    monkeypatch.setattr(module, "PYTHON", sys.executable)
    return module


@pytest.fixture
def copier(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return loaded("offline_copy_under_test", ROOT / "offline_copy.py")


def wheel(folder: Path, name: str, version: str, tag: str, **files: str) -> str:
    """A wheel as small as they get, and its line in a lock."""
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        for module, text in files.items():
            file.writestr(f"{module}.py", text)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: {tag}\n")
        file.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(sv: ModuleType, copier: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of four packages: one for all, one for each system, one for Windows only, one newer on Python 3.15."""
    index = tmp_path / "index"
    index.mkdir()
    tags = ("py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3-none-manylinux_2_28_aarch64",
            "py3-none-macosx_11_0_arm64", "py3-none-win_amd64")
    locked = {
        "uv==1 \\": [wheel(index, "uv", "1", "py3-none-any")],
        "everywhere==2 \\": [wheel(index, "everywhere", "2", tag, everywhere=f"built_for = {tag!r}\n") for tag in tags],
        "forked==3 ; python_full_version < '3.15' \\": [wheel(index, "forked", "3", "py3-none-any")],
        "forked==4 ; python_full_version >= '3.15' \\": [wheel(index, "forked", "4", "py3-none-any")],
        "windowsonly==5 ; sys_platform == 'win32' \\": [wheel(index, "windowsonly", "5", "py3-none-any")],
    }
    here = tmp_path / "project"
    (here / "src" / "sousveil").mkdir(parents=True)
    (here / "src" / "sousveil" / "__main__.py").write_text("import everywhere\nprint(everywhere.built_for)\n")
    (here / "sv").write_text((ROOT / "sv").read_text())
    (here / "out").mkdir()
    (here / "out" / "mine.csv").write_text("what somebody made with it\n")
    with open(here / "requirements.lock", "w") as lock:
        for head, hashes in locked.items():
            lock.write(head + "\n" + " \\\n".join(f"    --hash=sha256:{one}" for one in hashes) + "\n")
    monkeypatch.setattr(copier, "PROJECT", ("src", "sv", "requirements.lock"))
    for name, value in {"HERE": here, "LOCK": here / "requirements.lock"}.items():
        monkeypatch.setattr(sv, name, str(value))
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    return here


def copied(copier: ModuleType, sv: ModuleType, *words: Any) -> Path:
    asked = copier.order([str(word) for word in words], sv)
    copier.make(asked, sv)
    return Path(asked.folder)


@pytest.mark.parametrize(("words", "wheels"), [
    (["--for", "linux", "--python", "3.12"],
     "uv-1 everywhere-2-py3-none-manylinux_2_17_x86_64 forked-3"),
    (["--for", "linux", "--machine", "arm64", "--python", "3.15"],
     "uv-1 everywhere-2-py3-none-manylinux_2_28_aarch64 forked-4"),
    (["--for", "macos", "--python", "3.14", "--python", "3.15"],
     "uv-1 everywhere-2-py3-none-macosx_11_0_arm64 forked-3 forked-4"),
    (["--for", "windows", "--python", "3.11"],
     "uv-1 everywhere-2-py3-none-win_amd64 forked-3 windowsonly-5"),
])
def test_a_copy_holds_the_project_and_the_wheels_of_that_machine(
        sv: ModuleType, copier: ModuleType, project: Path, tmp_path: Path, words: list[str], wheels: str) -> None:
    folder = copied(copier, sv, *words, tmp_path / "copy")
    found = sorted(path.name for path in (folder / "wheels").glob("*.whl"))
    wanted = sorted(wheels.split())
    assert len(found) == len(wanted)
    assert all(name.startswith(start) for name, start in zip(found, wanted, strict=True)), found
    assert {path.name for path in folder.iterdir()} == {"src", "sv", "requirements.lock", "wheels"}
    assert (folder / "requirements.lock").read_text() == (project / "requirements.lock").read_text()
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]


def test_a_wheel_with_another_hash_is_refused_and_nothing_is_left(
        sv: ModuleType, copier: ModuleType, project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wheel(tmp_path / "index", "forked", "3", "py3-none-any", planted="")
    with pytest.raises(sv.SetupError, match="could not fetch the wheels"):
        copied(copier, sv, "--for", "linux", "--python", "3.12", tmp_path / "copy")
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err
    assert not list(tmp_path.glob("copy*"))


def test_a_wheel_that_does_not_exist_is_named_and_nothing_is_left(
        sv: ModuleType, copier: ModuleType, project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path / "index").glob("*win_amd64.whl"):
        path.unlink()
    (tmp_path / "copy").mkdir()  # an empty folder may be named, and stays as it was
    with pytest.raises(sv.SetupError, match="could not fetch the wheels"):
        copied(copier, sv, "--for", "windows", "--python", "3.12", tmp_path / "copy")
    assert "everywhere==2" in capfd.readouterr().err
    assert [list(path.iterdir()) for path in tmp_path.glob("copy*")] == [[]]


@pytest.mark.parametrize(("words", "message"), [
    ([], "the following arguments are required: --for, DIR"),
    (["--for", "linux"], "the following arguments are required: DIR"),
    (["--for", "beos", "new"], "--for takes linux, macos or windows, not 'beos'"),
    (["--for", "linux", "--python", "3.10", "new"], "--python takes 3.11, 3.12, 3.13, 3.14, 3.15, not '3.10'"),
    (["--for", "linux", "--python", "3", "new"], "--python takes 3.11, 3.12, 3.13, 3.14, 3.15, not '3'"),
    (["--for", "macos", "--machine", "x86_64", "new"],
     "--machine takes arm64 for macos, not 'x86_64'; the packages that sousveil needs are published for no other"),
    (["--for", "windows", "--machine", "arm64", "new"],
     "--machine takes x86_64 for windows, not 'arm64'; the packages that sousveil needs are published for no other"),
    (["--for", "linux", "no/such/folder"], "there is no folder {here}/no/such"),
    (["--for", "linux", "full"], "{here}/full is there already; name a folder that is new or empty"),
    (["--for", "linux", "full/file"], "{here}/full/file is there already; name a folder that is new or empty"),
    (["--for", "linux", "new", "old"], "unrecognized arguments: old"),
])
def test_what_cannot_be_copied_is_refused_in_one_sentence_before_anything_is_done(
        sv: ModuleType, copier: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sv, "offline_copy", lambda: copier)
    monkeypatch.setattr(sv, "set_up", lambda for_tests: pytest.fail("it began"))
    monkeypatch.setitem(sys.modules, sv.__name__, sv)
    assert sv.main(["copy", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "sv: copy: " + message.format(here=tmp_path) + "\n"


@pytest.mark.parametrize(("system", "python", "numpy"), [
    ("linux", "3.11", "2.4"), ("windows", "3.14", "2.4"), ("macos", "3.15", "2.5")])
def test_of_the_real_lock_each_package_is_chosen_once_with_all_its_hashes(
        sv: ModuleType, copier: ModuleType, system: str, python: str, numpy: str) -> None:
    asked = copier.order(["--for", system, "--python", python, "anywhere"], sv)
    chosen = sv.blocks(copier.locked_for(asked, python, sv))
    lock = (ROOT / "requirements.lock").read_text()
    names = [re.split(r"[= ]", block)[0] for block in chosen]
    assert len(set(names)) == len(names)
    assert set(names) == set(re.findall(r"^[\w.-]+(?===)", lock, re.MULTILINE))  # today nothing is for one system alone
    assert any(block.startswith(f"numpy=={numpy}.") for block in chosen)
    for block in chosen:
        head, _, hashes = block.partition("\n")
        assert re.fullmatch(r"[\w.-]+==[\w.]+ \\", head)
        assert hashes in lock


def test_every_machine_that_sv_names_can_be_copied_for(sv: ModuleType, copier: ModuleType) -> None:
    machines = {(system, machine) for system, machines in sv.MACHINES.items() for machine in machines}
    assert machines == set(copier.TAGS) == set(copier.MARKERS)


def test_the_whole_project_is_copied(copier: ModuleType) -> None:
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a checkout")
    assert set(copier.PROJECT) == {name.partition("/")[0] for name in listed.splitlines()}


@pytest.fixture
def in_a_copy(sv: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """`sv` as it stands in a copy for this machine, not set up yet. What it is for can be changed."""
    made_for = {"system": sv.SYSTEM, "machine": sv.machine(), "pythons": [THIS]}
    (tmp_path / "wheels").mkdir()
    monkeypatch.setattr(sv, "WHEELS", str(tmp_path / "wheels"))
    return made_for


@pytest.mark.parametrize("other", [{}, {"system": "beos"}, {"machine": "mips"}, {"pythons": ["3.2", "3.3"]}])
def test_a_copy_for_another_machine_is_refused_in_one_sentence(
        sv: ModuleType, in_a_copy: dict[str, Any], tmp_path: Path, other: dict[str, Any]) -> None:
    made_for = {**in_a_copy, **other}
    (tmp_path / "wheels" / "made-for.json").write_text(json.dumps(made_for))
    if not other:
        sv.refuse_foreign_copy(False)
        return
    with pytest.raises(sv.SetupError) as refusal:
        sv.refuse_foreign_copy(False)
    assert str(refusal.value) == (
        f"this offline copy was made for Python {' or '.join(made_for['pythons'])} on {made_for['system']} "
        f"({made_for['machine']}), and this is Python {THIS} on {sv.SYSTEM} ({sv.machine()}). Where there is a "
        f"network, make another: python3 sv copy --for {sv.SYSTEM} --machine {sv.machine()} --python {THIS} DIR")


def test_a_copy_does_not_hold_what_the_tests_need(sv: ModuleType, in_a_copy: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "wheels" / "made-for.json").write_text(json.dumps(in_a_copy))
    with pytest.raises(sv.SetupError, match="start sv in the project's own folder"):
        sv.refuse_foreign_copy(True)


@pytest.mark.long
def test_a_copy_sets_itself_up_without_a_network(sv: ModuleType, copier: ModuleType, project: Path, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """The real sv, a real virtual environment, the real pip (the uv of this lock is a dummy: pip takes over)."""
    folder = copied(copier, sv, "--for", sv.SYSTEM, "--machine", sv.machine(), tmp_path / "copy")
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")  # where nobody listens
    (tmp_path / "index").rename(tmp_path / "gone")
    moved = folder.rename(tmp_path / "carried to another place")
    done = subprocess.run([sys.executable, str(moved / "sv"), "anything"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("py3-none-")
    assert "from the wheels beside it" in done.stderr
