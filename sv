#!/usr/bin/env python3
"""The way in: sets sousveil up beside itself, then runs it.

    python3 sv app          everything in a browser, on this machine only
    python3 sv demo         a documented scheme on a million synthetic people, and a report of the harm it does
    python3 sv test         ruff, mypy, then pytest; --all adds the long tests; what else follows `test` goes to pytest
    python3 sv docs         the documentation as a site, in out/docs/site
    python3 sv setup        set up and nothing else; --dev adds what the tests need
    python3 sv copy ...     make a copy for a machine without a network: python3 sv copy --help
    python3 sv COMMAND ...  any command of sousveil: python3 sv --help

Only the standard library is used here. The packages go into `.venv` beside this file: the exact versions of
requirements.lock, and for the tests of requirements-dev.lock, each checked against its hash. Nothing outside that
folder is changed. (This file keeps to the syntax of Python 3.6, so that an old Python can still read the sentence that
refuses it.)
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))  # of the file itself, where a link leads to it
VENV = os.path.join(HERE, ".venv")
LOCK = os.path.join(HERE, "requirements.lock")
# Holds LOCK to the letter, and what the tests need besides.
DEV_LOCK = os.path.join(HERE, "requirements-dev.lock")
# What builds the documentation. It goes into the same .venv: whatever it shares with another lock has one version.
DOCS_LOCK = os.path.join(HERE, "requirements-docs.lock")
# Stands in an offline copy only (`sv copy`): the packages are taken from there and from nowhere else.
WHEELS = os.path.join(HERE, "wheels")
MADE_FOR = "made-for.json"
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
# Written last: holds the fingerprint of what is installed. Without it, or with another one in it, set-up runs again.
FINISHED = os.path.join(VENV, ".sv-finished")
# The same for the tools of the documentation.
DOCS_FINISHED = os.path.join(VENV, ".sv-docs-finished")
# Stands while packages are being written. Found at the start, it tells of an install that was cut short.
UNFINISHED = os.path.join(VENV, ".sv-unfinished")
# The Pythons and the machines for which every package of the locks is published as a wheel: built, and ready to use.
OLDEST, NEWEST = (3, 11), (3, 15)
MACHINES = {"linux": ("x86_64", "arm64"), "macos": ("arm64",), "windows": ("x86_64",)}
SYSTEM = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
    SYSTEM += " with musl"  # Alpine and others: wheels for Linux are built for glibc


class SetupError(Exception):
    """Set-up cannot go on. The message says what to do."""

    status = 1


class WrongInput(SetupError):
    """Something was typed that cannot be done."""

    status = 2


def say(message):
    print("sv: " + message, file=sys.stderr, flush=True)


def main(arguments):
    command, rest = arguments[:1], arguments[1:]
    try:
        refuse_other_pythons(sys.version_info[:3])
        refuse_other_machines(SYSTEM, machine())
        refuse_to_stand_alone()
        if command == ["docs"] and rest:
            raise WrongInput("docs takes nothing, not " + " ".join(rest))
        if command == ["setup"] and rest not in ([], ["--dev"]):
            raise WrongInput("setup takes nothing, or --dev, not " + " ".join(rest))
        copier = offline_copy() if command == ["copy"] else None
        order = copier.order(rest, sys.modules[__name__]) if copier else None
        with only_one_at_a_time():
            set_up(for_tests=command == ["test"] or arguments == ["setup", "--dev"])
            if command == ["docs"]:
                add_docs_tools()
        if copier:
            copier.make(order, sys.modules[__name__])
            return 0
    except SetupError as error:
        say(str(error))
        return error.status
    except KeyboardInterrupt:
        say("stopped. The next start goes on from here.")
        return 130
    if command == ["setup"]:
        say("ready. Next: python3 sv demo")
        return 0
    keep_bytecode()
    if command == ["test"]:
        return test(rest)
    if command == ["docs"]:
        return become([PYTHON, os.path.join(HERE, "docs", "site", "build.py")])
    return become([PYTHON, "-m", "sousveil", *arguments])


def refuse_other_pythons(version):
    if OLDEST <= tuple(version[:2]) <= NEWEST and sys.implementation.name == "cpython":
        return
    this = "%s %s" % (platform.python_implementation().replace("CPython", "Python"), ".".join(map(str, version)))
    why = " (numba, which it computes with, is not there yet for newer ones)" if tuple(version[:2]) > NEWEST else ""
    others = ["python" + name for name in reversed(pythons()) if runs("python" + name)]
    hint = f"try: {others[0]} sv" if others else "install one of them and start sv with it"
    raise SetupError(f"sousveil needs Python {pythons()[0]} to {pythons()[-1]}{why}, and this is {this}; {hint}")


def refuse_other_machines(system, kind):
    if kind in MACHINES.get(system, ()):
        return
    have = ", ".join("%s (%s)" % (name, " or ".join(MACHINES[name])) for name in sorted(MACHINES))
    raise SetupError(f"this is {system} ({kind}), and the packages that sousveil needs are published for {have} only")


def refuse_to_stand_alone():
    if not os.path.isfile(LOCK):
        raise WrongInput("there is no %s beside sv: it sets up the project in whose folder it lies. Start the one there"
                         % os.path.basename(LOCK))


def pythons():
    """As people name them, oldest first: 3.11, 3.12 ..."""
    return ["3.%d" % minor for minor in range(OLDEST[1], NEWEST[1] + 1)]


def machine():
    """The kind of processor that this Python was built for, by one name on every system."""
    name = sysconfig.get_platform().rpartition("-")[2] if os.name == "nt" else platform.machine()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(name.lower(), name.lower())


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


def set_up(for_tests=False):
    cut_short = os.path.exists(UNFINISHED)
    done = read(FINISHED)
    # What was once set up for the tests stays so: nothing is taken away, and a changed lock reaches all of it.
    keep = not cut_short and done.startswith(os.path.basename(DEV_LOCK))
    lock = DEV_LOCK if for_tests or keep else LOCK
    if not cut_short and os.path.exists(PYTHON) and done == fingerprint(lock):
        return
    if os.path.isdir(WHEELS):
        refuse_foreign_copy(for_tests)
    if done and not cut_short and quietly([PYTHON, "-m", "pip", "--version"]) == 0:
        say("adding what the tests need to .venv" if done == fingerprint(LOCK) else
            os.path.basename(lock) + " has changed: bringing .venv up to date")
    else:
        say("the last set-up was cut short: starting it afresh" if cut_short else
            "setting up .venv beside this file (once; %s)" % (
                "from the wheels beside it" if os.path.isdir(WHEELS) else "downloads %s, takes a minute or two" %
                ("about 400 MB" if lock == DEV_LOCK else "about 250 MB")))
        make_venv()
    write(UNFINISHED, "")
    install(lock)
    put_source_on_path()
    write(FINISHED, fingerprint(lock))
    os.remove(UNFINISHED)


def add_docs_tools():
    """What builds the documentation, once; a changed lock brings it up to date."""
    if read(DOCS_FINISHED) == fingerprint(DOCS_LOCK):
        return
    if os.path.isdir(WHEELS):
        raise SetupError("this offline copy holds what running needs. For the documentation, start sv in the project's "
                         "own folder, where there is a network")
    say("adding what builds the documentation to .venv (once)")
    install(DOCS_LOCK)
    write(DOCS_FINISHED, fingerprint(DOCS_LOCK))


def fingerprint(lock):
    """What .venv was made from: a lock, by hash, and the Python it points at (a new system moves that)."""
    with open(lock, "rb") as file:
        return " ".join([os.path.basename(lock), hashlib.sha256(file.read()).hexdigest(), os.path.realpath(PYTHON)])


def refuse_foreign_copy(for_tests):
    """An offline copy can be set up on what it was made for, and without the tests."""
    if for_tests:
        raise SetupError("this offline copy holds what running needs. For the tests, start sv in the project's own "
                         "folder, where there is a network")
    made_for = json.loads(read(os.path.join(WHEELS, MADE_FOR)) or '{"system": "?", "machine": "?", "pythons": ["?"]}')
    python = "%d.%d" % sys.version_info[:2]
    if (made_for["system"], made_for["machine"]) == (SYSTEM, machine()) and python in made_for["pythons"]:
        return
    wanted, this = " or ".join(made_for["pythons"]), f"--for {SYSTEM} --machine {machine()} --python {python}"
    raise SetupError(f"this offline copy was made for Python {wanted} on {made_for['system']} ({made_for['machine']}), "
                     f"and this is Python {python} on {SYSTEM} ({machine()}). Where there is a network, make another: "
                     f"python3 sv copy {this} DIR")


def make_venv():
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError("this Python cannot make virtual environments. On Debian or Ubuntu: "
                         "sudo apt install python%d.%d-venv" % sys.version_info[:2])
    # pip's own settings must not reach in: `user = true` or a target folder would install outside .venv.
    if call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        raise SetupError(f"could not make {VENV}. Is the disk full, or the folder not yours to write?")


def install(lock):
    """uv first, by hash, with pip; then everything else, by hash, with uv (many times faster than pip)."""
    source = ["--no-index", "--find-links", WHEELS] if os.path.isdir(WHEELS) else []
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--require-hashes"]
    # One package for the tests has no wheel: without isolation the locked setuptools builds it, and nothing unlocked is
    # fetched. Of what running needs nothing is ever built.
    built = ["setuptools"] if lock == DEV_LOCK else []
    with tempfile.TemporaryDirectory() as folder:
        first = os.path.join(folder, "first.lock")
        write(first, "".join(block_of(name, read(lock)) for name in ["uv", *built]))
        if call([*pip, *source, "--no-deps", "--only-binary", ":all:", "-r", first]) != 0:
            raise SetupError("could not install uv. The wheels beside sv are not whole: make the copy again" if source
                             else "could not install uv. Is there a way to the Python package index from here? "
                             "(Behind a proxy or with your own certificates: HTTPS_PROXY, PIP_CERT, SSL_CERT_FILE.)")
    locked = [*source, *(["--no-build-isolation"] if built else ["--only-binary", ":all:"]), "-r", lock]
    if call([PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--require-hashes", *locked]) == 0:
        return
    say("uv could not install the packages; trying again with pip, which is slower")
    if call([*pip, *locked]) != 0:
        raise SetupError("could not install the packages. The lines above say which one failed; "
                         "start sv again when the cause is gone")


def block_of(name, lock):
    """The lines of one package in the text of a lock: its version and its hashes."""
    found = [block for block in blocks(lock) if block.startswith(name + "==")]
    if len(found) != 1:
        raise SetupError(f"the lock names {name} {len(found)} times; it must name it once")
    return found[0]


def blocks(lock):
    """The text of a lock, cut before each package."""
    cut = []
    for line in lock.splitlines(True):
        if line[:1].isspace() and cut:
            cut[-1] += line
        else:
            cut.append(line)
    return cut


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


def offline_copy():
    """The file beside this one that makes offline copies. It may be in the syntax of the Pythons that are supported."""
    sys.dont_write_bytecode = True
    import offline_copy as found

    return found


def keep_bytecode():
    """Without bytecode every start compiles a thousand files anew: two thirds of a short command, and of most tests.

    Where none is wanted beside the sources, it is kept inside .venv.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", os.path.join(VENV, "bytecode"))


def test(arguments):
    """ruff, mypy, pytest, in this order and all three; the status is the first that is not 0."""
    status = 0
    for name, command in (("ruff", ["check", "--quiet"]), ("mypy", ["--no-error-summary"])):
        found = subprocess.call([PYTHON, "-m", name, *command], cwd=HERE, stdin=subprocess.DEVNULL)
        say(f"{name}: {'no problem found' if found == 0 else 'PROBLEMS FOUND, see above'}")
        status = status or found
    tested = subprocess.call([PYTHON, "-m", "pytest", *pytest_arguments(arguments)], cwd=HERE)
    return status or tested


def pytest_arguments(arguments):
    """pyproject.toml leaves the tests marked `long` out; an empty expression takes that back."""
    if "--all" not in arguments:
        return arguments
    return ["-m", "", *(argument for argument in arguments if argument != "--all")]


def become(command):
    """Turn into the command, where the system can: then signals and exit codes are the command's own."""
    if os.name == "nt":
        return subprocess.call(command)
    if sys.stdout is not None:  # closed by whoever started this
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
