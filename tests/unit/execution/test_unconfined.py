"""What is kept where there is no sandbox: limits, an empty environment, a folder of its own, the end of all of it."""

import contextlib
import os
import select
import sys
from pathlib import Path

import pytest

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.cancellable import CancellableSandbox
from codex_lsp.execution.function_study import StudyRequest, study_function
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.pytest_grading import PytestCheck, grade_pytest
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import WORK_FOLDER, Exit, Job
from codex_lsp.execution.unconfined import Unconfined
from codex_lsp.execution.verdict import Outcome

LONG = Limits(wall_s=60.0)


def python(source: str, limits: Limits = LONG, **fields: object) -> Run:
    job = Job(command=(sys.executable, "-I", "-S", "-c", source), limits=limits, **fields)  # type: ignore[arg-type]
    return run(Unconfined(), job, report_channel=5)


def test_it_finds_its_files_and_nothing_of_the_callers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1")
    source = f"""
import os
print(open("made/by/caller").read(), os.getcwd() == os.environ["HOME"] == os.path.realpath({WORK_FOLDER!r}))
print("SECRET" in os.environ, os.environ["GIVEN"] == os.getcwd() + "/x", sorted(os.listdir("/proc/self/fd")))
os.write(5, b"told")
print(os.getcwd())
"""
    ended = python(source, files={"made/by/caller": b"hello"}, environment={"GIVEN": f"{WORK_FOLDER}/x"})
    assert ended.exit == Exit(code=0), ended.stderr
    *said, folder = ended.stdout.decode().splitlines()
    assert said == ["hello True", "False True ['0', '1', '2', '3', '5']"]
    assert ended.reports == b"told"
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("source", "limits", "ending"),
    [
        ("import sys; sys.exit(3)", LONG, Exit(code=3)),
        ("import os; os.kill(os.getpid(), 11)", LONG, Exit(signal=11)),
        ("while True: pass", Limits(wall_s=0.3), Exit(killed=True)),
    ],
)
def test_endings(source: str, limits: Limits, ending: Exit) -> None:
    assert python(source, limits).exit == ending


def test_memory_and_file_sizes_are_limited() -> None:
    source = """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for use in (lambda: bytearray(2 << 30), lambda: open("big", "wb").write(bytes(32 << 20))):
    try:
        use()
    except (MemoryError, OSError) as error:
        print(type(error).__name__)
"""
    assert python(source).stdout.decode().split() == ["MemoryError", "OSError"]


def test_what_it_started_ends_with_it() -> None:
    source = "import os, time\nchild = os.fork()\nprint(child) if child else time.sleep(600)"
    child = int(python(source).stdout)
    # It was killed; a busy machine may take a while to let it go.
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(child)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        assert poll.poll(30_000)
        os.close(descriptor)


def test_what_takes_a_sandbox_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="save it first"):
        Unconfined().start(Job(command=("true",), replaced={tmp_path / "a.py": b""}))
    with pytest.raises(ValueError, match="work folder"):
        Unconfined().start(Job(command=("true",), files={"../a": b""}))
    asked = StudyRequest(
        interpreter=Path(sys.executable),
        path=tmp_path / "a.py",
        module="a",
        qualname="f",
        import_from=(tmp_path,),
        readable=(tmp_path,),
        mutants=("def f(): pass",),
    )
    for sandbox in (Unconfined(), CancellableSandbox(Unconfined())):
        with pytest.raises(SandboxUnavailable, match="mutants"):
            study_function(sandbox, asked)


def test_the_persons_tests_run(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("def add(a, b):\n    return a + b\n")
    test = b"from code import add\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    check = PytestCheck(files={"test_code.py": test}, import_from=(tmp_path,), limits=LONG)
    result = grade_pytest(Unconfined(), check)
    assert result.verdict.outcome is Outcome.PASSED, result
    assert [test.name for test in result.tests] == ["test_code.py::test_add"]


def test_the_persons_function_is_observed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def add(a, b):\n    return a + b\n")
    asked = StudyRequest(
        interpreter=Path(sys.executable),
        path=tmp_path / "mine.py",
        module="mine",
        qualname="add",
        import_from=(tmp_path,),
        readable=(tmp_path,),
        calls=("add(1, 2)",),
    )
    study = study_function(Unconfined(), asked)
    assert [(each.value, each.stable) for each in study.observations] == [("3", True)], study
