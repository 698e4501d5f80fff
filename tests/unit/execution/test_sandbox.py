"""The sandbox as its callers see it: what a job is given, how it ends, and refusals where there is none."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.bubblewrap import BubblewrapSandbox
from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import WORK_FOLDER, Exit, Job, Sandbox, find_sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader

LONG = Limits(wall_s=60.0, memory_bytes=256 * MIB)


def python(source: str, **fields: object) -> Job:
    command = (sys.executable, "-I", "-S", "-c", source)
    return Job(command=command, readable=interpreter_paths(), limits=LONG, **fields)  # type: ignore[arg-type]


def printed(run: Run) -> str:
    assert run.exit == Exit(code=0), run.stderr
    return run.stdout.decode().strip()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can read; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="codex-lsp-sandbox-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_files_lie_in_the_work_folder_and_may_be_changed(sandbox: Sandbox) -> None:
    source = """
import os
open("made/new", "w").write(open("made/by/caller").read() + "!")
open("made/by/caller", "a").write("?")
print(os.getcwd(), open("made/new").read(), open("made/by/caller").read(), open("empty").read())
"""
    ended = run(sandbox, python(source, files={"made/by/caller": b"hello", "empty": b""}))
    assert printed(ended) == f"{WORK_FOLDER} hello! hello?"


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", ".", ""])
def test_a_file_that_leaves_the_work_folder_is_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match="work folder"):
        sandbox.start(python("", files={name: b""}))


@pytest.mark.parametrize("folder", [Path("/"), Path.home(), Path.home().parent])
def test_the_home_folder_is_never_readable_as_a_whole(sandbox: Sandbox, folder: Path) -> None:
    with pytest.raises(ValueError, match="home folder"):
        sandbox.start(Job(command=("true",), readable=(folder,)))


def test_no_link_leads_to_the_home_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(Path.home())
    with pytest.raises(ValueError, match="home folder"):
        sandbox.start(Job(command=("true",), readable=(tmp_path / "link",)))


@pytest.mark.parametrize("channel", [0, 2, 64])
def test_a_channel_out_of_range_is_refused(sandbox: Sandbox, channel: int) -> None:
    with pytest.raises(ValueError, match="channel"):
        sandbox.start(python("", channels={channel: 0}))


def test_nothing_stays_open_here(sandbox: Sandbox) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    run(sandbox, python("", files={"a": b""}), report_channel=3)
    with pytest.raises(ValueError, match="channel"):
        sandbox.start(python("", files={"a": b""}, channels={1: 0}))
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_channels_have_their_numbers_and_nothing_else_is_open(sandbox: Sandbox) -> None:
    leak, other = os.pipe()
    os.set_inheritable(leak, True)  # noqa: FBT003 - as a careless caller would
    reading, writing = os.pipe()
    source = "import os; os.write(17, ' '.join(sorted(os.listdir('/proc/self/fd'))).encode())"
    try:
        with sandbox.start(python(source, channels={17: writing, 5: writing}, quiet=True)) as process:
            assert process.wait(30) == Exit(code=0)
            # The fourth is the listing's own.
            assert os.read(reading, 1000) == b"0 1 17 2 3 5"
    finally:
        for descriptor in (leak, other, reading, writing):
            os.close(descriptor)


def test_environment_is_empty_but_for_what_is_given(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1")
    ended = run(sandbox, python("import os; print(sorted(os.environ))", environment={"GIVEN": "1"}))
    names = ["GIVEN", "HOME", "LANG", "LOGNAME", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "PWD"]
    assert printed(ended) == str([*names, "TMPDIR", "USER"])


def test_readable_places_are_seen_by_their_names_and_secrets_are_empty(sandbox: Sandbox, open_folder: Path) -> None:
    project = open_folder / "project"
    (project / "keys").mkdir(parents=True)
    for name in ("code", "secret", "keys/one"):
        (project / name).write_text("here")
    (project / "link").symlink_to("secret")
    (open_folder / "by another name").symlink_to("project")
    named = open_folder / "by another name"
    source = f"""
import os
for folder in {[str(project), str(named)]}:
    print(open(folder + "/code").read(), repr(open(folder + "/secret").read()), os.listdir(folder + "/keys"))
    print(repr(open(folder + "/link").read()))
print(os.listdir({str(open_folder)!r}) == os.listdir({str(open_folder)!r}), os.path.exists("/missing"))
"""
    masked = (project / "link", project / "keys", project / "never there", open_folder / "elsewhere")
    job = python(source, masked=masked)
    readable = (*job.readable, project, named, Path("/missing"))
    ended = run(sandbox, Job(command=job.command, readable=readable, masked=masked))
    assert printed(ended).splitlines() == ["here '' []", "''", "here '' []", "''", "True False"]


def test_ends_are_told_apart(sandbox: Sandbox) -> None:
    def ending(source: str) -> Exit:
        return run(sandbox, python(source)).exit

    assert ending("import sys; sys.exit(3)") == Exit(code=3)
    assert ending("import os; os.kill(os.getpid(), 9)") == Exit(signal=signal.SIGKILL)
    assert ending("import os; os.abort()") == Exit(signal=signal.SIGABRT)


def test_a_missing_command_is_an_exit(sandbox: Sandbox) -> None:
    ended = run(sandbox, Job(command=("no-such-command",)))
    assert ended.exit.code in {1, 127}
    assert b"no-such-command" in ended.stderr


def test_killing_ends_it_and_waiting_tells(sandbox: Sandbox) -> None:
    with sandbox.start(python("import time; time.sleep(1000)")) as process:
        assert process.wait(0) is None
        process.kill()
        assert process.wait() == Exit(killed=True)
        process.kill()
    assert process.stdout.closed


def test_a_conversation(sandbox: Sandbox) -> None:
    with sandbox.start(python("while True: print(input().upper(), flush=True)")) as process:
        for word in (b"one\n", b"two\n"):
            process.stdin.write(word)
            assert process.stdout.read(4) == word.upper()


def test_output_is_kept_up_to_its_cap_and_read_to_its_end(sandbox: Sandbox) -> None:
    job = python("import os\nfor _ in range(100): os.write(1, b'x' * 65536); os.write(2, b'y' * 65536)")
    limits = Limits(wall_s=60.0, output_bytes=100_000)
    ended = run(sandbox, Job(command=job.command, readable=job.readable, limits=limits))
    assert (ended.stdout, ended.stderr) == (b"x" * 100_000, b"y" * 100_000)
    assert ended.exit == Exit(code=0)


def test_input_that_is_not_read_harms_nobody(sandbox: Sandbox) -> None:
    ended = run(sandbox, python("print('done')"), stdin=bytes(1 << 20))
    assert printed(ended) == "done"
    ended = run(sandbox, python("import sys; print(len(sys.stdin.buffer.read()))"), stdin=bytes(1 << 20))
    assert printed(ended) == str(1 << 20)


def test_reports_come_by_their_own_channel(sandbox: Sandbox) -> None:
    ended = run(sandbox, python("import os; os.write(4, b'report'); print('output')"), report_channel=4)
    assert (ended.reports, printed(ended)) == (b"report", "output")


@pytest.mark.parametrize("platform", ["darwin", "win32", "freebsd14"])
def test_other_systems_are_refused(platform: str) -> None:
    with pytest.raises(SandboxUnavailable, match=f"no sandbox for {platform}"):
        find_sandbox(platform)


def test_without_bubblewrap_it_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="install bubblewrap"):
        find_sandbox("linux")


def test_a_grader_is_refused_too_where_nothing_counts_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delattr(os, "sched_getaffinity")
    with pytest.raises(SandboxUnavailable, match="no sandbox"):
        SandboxedGrader()


def _stand_in(folder: Path, script: str) -> None:
    program = folder / "bwrap"
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap runs on Linux")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo bubblewrap 0.4.1", "0.4.1"),
        (
            "[ $1 = --version ] && echo bubblewrap 0.8.0 || { echo no namespaces here >&2; exit 1; }",
            "no namespaces here",
        ),
        # One that makes no walls at all: it runs the program as it is, and the probe meets none.
        (
            "[ $1 = --version ] && echo bubblewrap 0.8.0 && exit\n"
            'while [ "$1" != -- ]; do [ "$1" = --json-status-fd ] && status=$2; shift; done; shift\n'
            'echo "{\\"child-pid\\": $$}" >&"$status"\n'
            '[ "$1" = /usr/bin/setpriv ] && shift 7\n'
            'exec "$@"',
            "does not hold here .*sockets",
        ),
    ],
)
def test_a_bubblewrap_that_does_not_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    _stand_in(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxUnavailable, match=message):
        find_sandbox("linux")


def test_a_sandbox_that_cannot_be_started_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="nothing was run"):
        BubblewrapSandbox(str(tmp_path / "missing"), b"", as_root=False).start(Job(command=("true",)))
