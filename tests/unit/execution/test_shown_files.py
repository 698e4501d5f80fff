"""Files shown with other content: as root and as a plain user, and never out of what is readable."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import Job, Sandbox
from codex_lsp.execution.shown_files import MOST_BESIDE
from tests.unit.execution.identities import as_plain_user, plain_environment

LONG = Limits(wall_s=60.0, memory_bytes=256 * MIB)


@pytest.fixture
def project() -> Iterator[Path]:
    """A project that everybody can read, beside a secret that no job is given."""
    folder = Path(tempfile.mkdtemp(prefix="codex-lsp-shown-"))
    (folder / "outside").mkdir()
    (folder / "outside" / "secret").write_text("secret")
    (folder / "project" / "package").mkdir(parents=True)
    (folder / "project" / "package" / "code.py").write_text("on disk")
    (folder / "project" / "package" / "data.txt").write_text("data")
    (folder / "project" / "package" / ".env").write_text("key")
    (folder / "project" / "package" / "out").symlink_to(folder / "outside" / "secret")
    (folder / "project" / "package" / "alias.py").symlink_to("code.py")
    (folder / "named").symlink_to("project")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    yield folder / "project"
    shutil.rmtree(folder)


def shell(script: str, **fields: object) -> Job:
    return Job(command=("sh", "-c", script), limits=LONG, **fields)  # type: ignore[arg-type]


def outcome(ended: Run) -> str:
    return (ended.stdout + ended.stderr).decode()


def shows(sandbox: Sandbox, project: Path) -> None:
    """Everything that is promised, in two jobs; raises where it is not kept."""
    package = project / "package"
    script = f"""
cd {package}; cat code.py alias.py; cat {project.parent}/named/package/code.py
cat data.txt; cat .env; cat new.py; cat deep/er/new.py; cat empty
(echo x > new.py) 2>/dev/null || echo read-only; (echo x > other) 2>/dev/null || echo read-only
cat out 2>/dev/null || echo nothing; ls -A . deep/er"""
    replaced = {
        package / "code.py": b"[shown]",
        package / "new.py": b"[new]",
        package / "deep/er/new.py": b"[deep]",
        package / "empty": b"",
        package / ".env": b"[never]",
    }
    readable = (project, project.parent / "named")
    job = shell(script, readable=readable, replaced=replaced, masked=(package / ".env",))
    lines = ["alias.py", "code.py", "data.txt", "deep", "empty", "new.py", "out"]
    assert outcome(run(sandbox, job)) == (
        "[shown][shown][shown]data[new][deep]read-only\nread-only\nnothing\n"
        + ".:\n.env\n"
        + "\n".join(lines)
        + "\n\ndeep/er:\nnew.py\n"
    )
    assert (package / "code.py").read_text() == "on disk"
    assert sorted(path.name for path in package.iterdir()) == [".env", "alias.py", "code.py", "data.txt", "out"]
    by_link = shell(f"cat {package}/code.py", readable=(project,), replaced={package / "alias.py": b"[by link]"})
    assert outcome(run(sandbox, by_link)) == "[by link]"


def test_files_are_shown_as_they_are_to_be(sandbox: Sandbox, project: Path) -> None:
    shows(sandbox, project)


def test_the_same_holds_for_a_plain_user(sandbox: Sandbox, project: Path) -> None:
    del sandbox  # there is one
    source = (
        "import sys; from pathlib import Path; from codex_lsp.execution.sandbox import find_sandbox;"
        "from tests.unit.execution.test_shown_files import shows; shows(find_sandbox(), Path(sys.argv[1]))"
    )
    command = as_plain_user([sys.executable, "-c", source, str(project)])
    done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "name", ["../outside/secret", "../outside/new", "package/out", "package", "package/code.py/below", "/etc/passwd"]
)
def test_nothing_out_of_a_readable_folder_is_shown(sandbox: Sandbox, project: Path, name: str) -> None:
    job = shell("true", readable=(project,), replaced={project / name: b"x"})
    with pytest.raises(ValueError, match=json.dumps(str(project / name))[1:-1].split("/package")[0].split("/..")[0]):
        sandbox.start(job)


def test_a_new_file_beside_too_many_others_is_refused(sandbox: Sandbox, project: Path) -> None:
    for number in range(MOST_BESIDE + 1):
        (project / f"{number}").touch()
    with pytest.raises(ValueError, match="save it first"):
        sandbox.start(shell("true", readable=(project,), replaced={project / "new": b""}))
    (project / "0").unlink()
    (project / "1").unlink()
    ended = run(sandbox, shell(f"cat {project}/new", readable=(project,), replaced={project / "new": b"[new]"}))
    assert outcome(ended) == "[new]"


def test_nothing_stays_open_here(sandbox: Sandbox, project: Path) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    run(sandbox, shell("true", readable=(project,), replaced={project / "new": b"", project / "package/code.py": b""}))
    with pytest.raises(ValueError, match="readable"):
        sandbox.start(shell("true", replaced={project / "new": b""}))
    assert set(Path("/proc/self/fd").iterdir()) == before
