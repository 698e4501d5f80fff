"""Every escape program, as root and as a plain user; canaries are looked at from outside."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.execution.limits import MIB
from tests.sandboxes import sandbox_or_skip
from tests.unit.execution.escapes.escape import Escape
from tests.unit.execution.escapes.programs import ESCAPES
from tests.unit.execution.identities import ROOT, as_plain_user, plain_environment

_TIMEOUT_S = 150
_SECRET_FILES = ("home/.ssh/id_ed25519", "home/secret", "outside/secret", "project/.env", "project/keys/secret")


@dataclass(frozen=True, slots=True)
class Machine:
    """What lies around outside the sandbox, to be read, written, met or ended by nobody inside."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(12))
    secret: str = field(default_factory=lambda: secrets.token_hex(12))

    def furnish(self) -> None:
        for name in _SECRET_FILES:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.secret)
        (self.folder / "project" / "code.py").write_text("x = 1\n")
        (self.folder / "project" / "link").symlink_to(self.folder / "outside" / "secret")
        # Whatever is kept from the inside is kept by the sandbox, not by these.
        for path in (self.folder, *self.folder.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o777 if path.is_dir() else 0o666)

    def given(self, port: int) -> dict[str, Any]:
        names = {name: str(self.folder / name) for name in ("home", "project", "outside", "socket")}
        return names | {"token": self.token, "address": "127.0.0.1", "port": port, "masked": [".env", "keys"]}

    def left_files(self) -> list[str]:
        places = [Path(place) for place in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/", "/usr", "/usr/bin", "/etc")]
        places += [self.folder / "project", self.folder / "outside", self.folder / "home"]
        places += [Path(sys.prefix), Path(sys.base_prefix)]
        return [str(leak) for place in places for leak in (*place.glob(f"leak-{self.token}"), *place.glob("leak"))]

    def left_processes(self) -> list[str]:
        left: list[str] = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if self.token.encode() in entry.read_bytes():
                    left.append(entry.parent.name)
        return left


@dataclass(frozen=True, slots=True)
class Contained:
    """What came of all programs, run by one user."""

    machine: Machine
    report: dict[str, Any]
    callers: list[str]
    left_processes: list[str]


@contextlib.contextmanager
def _listening(machine: Machine) -> Generator[tuple[int, Callable[[], list[str]]]]:
    """A port, a Unix socket and an abstract one that wait for callers: the port's number, and who has called."""
    with contextlib.ExitStack() as stack:
        listeners = {
            "port": stack.enter_context(socket.create_server(("127.0.0.1", 0))),
            "socket": stack.enter_context(socket.socket(socket.AF_UNIX)),
            "abstract socket": stack.enter_context(socket.socket(socket.AF_UNIX)),
        }
        listeners["socket"].bind(str(machine.folder / "socket"))
        (machine.folder / "socket").chmod(0o777)
        listeners["abstract socket"].bind("\0" + machine.token)
        for listener in listeners.values():
            listener.listen()
            listener.settimeout(0)

        def callers() -> list[str]:
            return [name for name, listener in listeners.items() if _called(listener)]

        yield listeners["port"].getsockname()[1], callers


def _called(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="module", params=["root", "plain user"])
def contained(request: pytest.FixtureRequest) -> Iterator[Contained]:
    sandbox_or_skip()
    command = [sys.executable, "-m", "tests.unit.execution.escapes.driver"]
    is_root = os.geteuid() == 0
    if request.param == "root" and not is_root:
        pytest.skip("the tests are not run by root")
    if request.param == "plain user" and is_root:
        command = as_plain_user(command)
    folder = Path(tempfile.mkdtemp(prefix="codex-lsp-escapes-"))
    try:
        machine = Machine(folder)
        machine.furnish()
        with _listening(machine) as (port, callers):
            environment = plain_environment() | {"SECRET": machine.secret, "HOME": str(folder / "home")}
            done = subprocess.run(
                command,
                input=json.dumps(machine.given(port)),
                capture_output=True,
                text=True,
                cwd=ROOT,
                env=environment,
                timeout=_TIMEOUT_S,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            yield Contained(machine, json.loads(done.stdout), callers(), machine.left_processes())
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
def test_program_is_contained(contained: Contained, escape: Escape) -> None:
    result = contained.report["results"][escape.name]
    assert "ESCAPED" not in result["stdout"], result["stdout"]
    assert contained.machine.secret not in result["stdout"] + result["stderr"]
    assert result["outcome"] in escape.outcomes, result
    assert len(result["stdout"]) <= escape.limits.output_bytes
    assert len(result["stderr"]) <= escape.limits.output_bytes


def test_nothing_is_left(contained: Contained) -> None:
    assert contained.left_processes == []
    assert contained.machine.left_files() == []
    assert contained.callers == []


def test_memory_of_each_process_was_bounded(contained: Contained) -> None:
    largest = max(escape.limits.memory_bytes for escape in ESCAPES)
    assert 16 * MIB < contained.report["largest_process_bytes"] <= largest


def test_it_was_run_by_whom_it_says(contained: Contained, request: pytest.FixtureRequest) -> None:
    is_root = "plain user" not in request.node.name
    assert (contained.report["uid"] == 0) == is_root


def test_a_leak_would_be_seen(contained: Contained) -> None:
    """The canaries can sing: the same attempts outside the sandbox are noticed."""
    machine = contained.machine
    leak = machine.folder / "outside" / f"leak-{machine.token}"
    leak.touch()
    assert machine.left_files() == [str(leak)]
    leak.unlink()
    command = [sys.executable, "-c", "print(1, flush=True); input()", machine.token]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        assert machine.left_processes() == [str(process.pid)]
        process.kill()
