#!/usr/bin/env python3
"""The way in: sets sousveil up beside itself, then runs it.

    python3 sv demo         a documented scheme on a million synthetic people, and a report of the harm it does
    python3 sv test         ruff, mypy, then pytest; what follows `test` goes to pytest
    python3 sv setup        set up and nothing else
    python3 sv COMMAND ...  any command of sousveil: python3 sv --help

Only the standard library is used here. The packages go into `.venv` beside this file: the exact versions of
requirements.lock, each checked against its hash. Nothing outside that folder is changed. (This file keeps to the
syntax of Python 3.6, so that an old Python can still read the sentence that refuses it.)
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
LOCK = os.path.join(HERE, "requirements.lock")
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
# Written last: holds the fingerprint of what is installed. Without it, or with another one in it, set-up runs again.
FINISHED = os.path.join(VENV, ".sv-finished")
# Stands while packages are being written. Found at the start, it tells of an install that was cut short.
UNFINISHED = os.path.join(VENV, ".sv-unfinished")
OLDEST, NEWEST = (3, 11), (3, 13)


class SetupError(Exception):
    """Set-up cannot go on. The message says what to do."""


def say(message):
    print("sv: " + message, file=sys.stderr, flush=True)


def main(arguments):
    try:
        refuse_other_pythons(sys.version_info[:3])
        with only_one_at_a_time():
            set_up()
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped. The next start goes on from here.")
        return 130
    if arguments[:1] == ["setup"]:
        say("ready. Next: python3 sv demo")
        return 0
    if arguments[:1] == ["test"]:
        return test(arguments[1:])
    return become([PYTHON, "-m", "sousveil", *arguments])


def refuse_other_pythons(version):
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return
    this = ".".join(map(str, version))
    others = [name for name in ("python3.13", "python3.12", "python3.11") if runs(name)]
    hint = f"try: {others[0]} sv" if others else "install one of them and start sv with it"
    raise SetupError(f"sousveil needs Python 3.11, 3.12 or 3.13, and this is Python {this}; {hint}")


def runs(name):
    found = shutil.which(name)
    return found is not None and quietly([found, "-c", "pass"]) == 0


def quietly(command):
    try:
        return subprocess.call(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return 1


@contextlib.contextmanager
def only_one_at_a_time():
    """Two starts at once would write into the same .venv: the second waits for the first."""
    if importlib.util.find_spec("fcntl") is None:
        yield
        return
    import fcntl

    with open(LOCK, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start of sv is setting up; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: go on as one did before there were any
        yield


def set_up():
    cut_short = os.path.exists(UNFINISHED)
    if not cut_short and os.path.exists(PYTHON) and read(FINISHED) == fingerprint():
        return
    if os.path.exists(FINISHED) and not cut_short and quietly([PYTHON, "-m", "pip", "--version"]) == 0:
        say("requirements.lock has changed: bringing .venv up to date")
    else:
        say("the last set-up was cut short: starting it afresh" if cut_short else
            "setting up .venv beside this file (once; downloads about 400 MB, takes a minute or two)")
        make_venv()
    write(UNFINISHED, "")
    install()
    put_source_on_path()
    write(FINISHED, fingerprint())
    os.remove(UNFINISHED)


def fingerprint():
    """What .venv was made from: the lock, by hash, and the Python it points at (a new system moves that)."""
    with open(LOCK, "rb") as lock:
        return hashlib.sha256(lock.read()).hexdigest() + " " + os.path.realpath(PYTHON)


def make_venv():
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError("this Python cannot make virtual environments. On Debian or Ubuntu: "
                         "sudo apt install python%d.%d-venv" % sys.version_info[:2])
    # pip's own settings must not reach in: `user = true` or a target folder would install outside .venv.
    if call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        raise SetupError(f"could not make {VENV}. Is the disk full, or the folder not yours to write?")


def install():
    """uv first, by hash, with pip; then everything else, by hash, with uv (many times faster than pip)."""
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--require-hashes"]
    with tempfile.TemporaryDirectory() as folder:
        first = os.path.join(folder, "first.lock")
        write(first, block_of("uv", read(LOCK)) + block_of("setuptools", read(LOCK)))
        if call([*pip, "--no-deps", "--only-binary", ":all:", "-r", first]) != 0:
            raise SetupError("could not install uv. Is there a way to the Python package index from here? "
                             "(Behind a proxy or with your own certificates: HTTPS_PROXY, PIP_CERT, SSL_CERT_FILE.)")
    # One locked package has no wheel: without isolation the locked setuptools builds it, and nothing else is fetched.
    locked = ["--no-build-isolation", "-r", LOCK]
    if call([PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--require-hashes", *locked]) == 0:
        return
    say("uv could not install the packages; trying again with pip, which is slower")
    if call([*pip, *locked]) != 0:
        raise SetupError("could not install the packages. The lines above say which one failed; "
                         "start sv again when the cause is gone")


def block_of(name, lock):
    """The lines of one package in the text of a lock: its version and its hashes."""
    lines = lock.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(name + "==")]
    if len(starts) != 1:
        raise SetupError(f"requirements.lock names {name} {len(starts)} times; it must name it once")
    end = starts[0] + 1
    while end < len(lines) and lines[end][:1].isspace():
        end += 1
    return "\n".join(lines[starts[0]:end]) + "\n"


def put_source_on_path():
    """A .pth file, relative to where it stands: the whole folder may be moved."""
    ask = [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(ask, check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    write(os.path.join(packages, "sousveil.pth"), os.path.relpath(os.path.join(HERE, "src"), packages) + "\n")


def call(command):
    """Run a step of the set-up. What it prints goes to standard error: standard output is for results."""
    environment = dict(os.environ, PIP_USER="0", PYTHONNOUSERSITE="1")
    # uv brings its own certificates; with this it uses the machine's, as pip, browsers and everything else do.
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    for outside in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV"):
        environment.pop(outside, None)
    home = os.environ.get("HOME") or os.environ.get("USERPROFILE") or ""
    if not (os.path.isdir(home) and os.access(home, os.W_OK)):
        environment.setdefault("UV_CACHE_DIR", os.path.join(VENV, ".cache"))
        environment.setdefault("PIP_NO_CACHE_DIR", "1")
    return subprocess.call(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, cwd=HERE)


def test(arguments):
    """ruff, mypy, pytest, in this order and all three; the status is the first that is not 0."""
    status = 0
    for name, command in (("ruff", ["check", "--quiet"]), ("mypy", ["--no-error-summary"])):
        found = subprocess.call([PYTHON, "-m", name, *command], cwd=HERE, stdin=subprocess.DEVNULL)
        say(f"{name}: {'no problem found' if found == 0 else 'PROBLEMS FOUND, see above'}")
        status = status or found
    tested = subprocess.call([PYTHON, "-m", "pytest", *arguments], cwd=HERE)
    return status or tested


def become(command):
    """Turn into the command, where the system can: then signals and exit codes are the command's own."""
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(command[0], command)
    return None


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
