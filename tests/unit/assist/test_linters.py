"""Linters and type checkers as people have them: the real tools, in the real sandbox, on text that is not saved."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.assist.findings import Finding, read_flake8, read_mypy, read_pyright, read_ruff
from codex_lsp.assist.linters import ASKED, Linter, findings, linter_of
from codex_lsp.assist.project import Project, project_of
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.sandbox import Sandbox
from tests.benches import bench_of, project_in, request_at

TEXT = "import os\n\n\ndef f(x: int) -> str:\n    return missing + x\n"
LIMITS = Limits(wall_s=20.0, memory_bytes=2048 * MIB)
SAID = {
    "ruff": [("F401", "`os` imported but unused", 1), ("F821", "Undefined name `missing`", 5)],
    "pyright": [("reportUndefinedVariable", '"missing" is not defined', 5)],
    "basedpyright": [("reportUndefinedVariable", '"missing" is not defined', 5)],
    "mypy": [("name-defined", 'Name "missing" is not defined', 5)],
    "pyflakes": [("", "'os' imported but unused", 1), ("", "undefined name 'missing'", 5)],
    "flake8": [("F401", "'os' imported but unused", 1), ("F821", "undefined name 'missing'", 5)],
    "pylint": [("E0602", "Undefined variable 'missing'", 5), ("W0611", "Unused import os", 1)],
}


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed beside this Python can be started by its name."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def tool_or_skip(program: str, name: str, project: Project) -> Linter:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    return linter_of(name, project)


def project_of_file(path: Path, marker: str = "def ") -> Project:
    return project_of(request_at(path, marker), bench_of(None, None))


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("name", ASKED)
def test_a_tool_says_what_is_wrong_with_text_that_is_not_saved(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    path = project_in(tmp_path, mod="def f():\n    return 1\n") / "mod.py"
    project = project_of_file(path)
    linter = tool_or_skip(name, name, project)
    said = [(each.code, each.message, each.line) for each in findings(sandbox, linter, project, TEXT)]
    assert set(SAID[name]) <= set(said)
    assert path.read_text() == "def f():\n    return 1\n"


@pytest.mark.usefixtures("tools")
def test_a_project_s_own_tool_comes_first_and_its_settings_hold(tmp_path: Path, sandbox: Sandbox) -> None:
    root = project_in(tmp_path, mod=TEXT)
    if not Path(sys.prefix, "pyvenv.cfg").is_file():
        pytest.skip("this Python is in no virtual environment")
    (root / ".venv").symlink_to(Path(sys.prefix).resolve())
    (root / "pyproject.toml").write_text('[tool.ruff.lint]\nselect = ["F401"]\n')
    project = project_of_file(root / "mod.py")
    linter = tool_or_skip("ruff", "ruff", project)
    assert linter.command[0] == str(root / ".venv/bin/ruff")
    assert [each.code for each in findings(sandbox, linter, project, TEXT)] == ["F401"]


@pytest.mark.usefixtures("tools")
def test_pyright_of_node_modules_comes_first(tmp_path: Path) -> None:
    root = project_in(tmp_path, mod=TEXT)
    script = root / "node_modules/pyright/index.js"
    script.parent.mkdir(parents=True)
    script.touch()
    assert str(script) in tool_or_skip("node", "pyright", project_of_file(root / "mod.py")).command


def test_a_link_to_another_file_is_no_pyright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    private = tmp_path / "private"
    private.mkdir()
    (private / "id_rsa").touch()
    project = project_of_file(project_in(tmp_path, mod=TEXT) / "mod.py")
    script = project.root / "node_modules/pyright/index.js"
    script.parent.mkdir(parents=True)
    script.symlink_to(private / "id_rsa")
    with pytest.raises(AssistRefused, match="pyright is not in"):
        linter_of("pyright", project)


def test_what_is_not_here_is_said_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    project = project_of_file(project_in(tmp_path, mod=TEXT) / "mod.py")
    for name in ASKED:
        with pytest.raises(AssistRefused, match=rf"{name} is n.* install it in"):
            linter_of(name, project)
    with pytest.raises(AssistRefused, match="Sourcery is not one of those that are asked"):
        linter_of("Sourcery", project)
    script = project.root / "node_modules/pyright/index.js"
    script.parent.mkdir(parents=True)
    script.touch()
    with pytest.raises(AssistRefused, match=r"no `node` here to run pyright with; install Node\.js"):
        linter_of("Pylance", project)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("echo 'ruff failed' >&2; exit 2", "ruff failed"),
        ("echo nonsense", "not understood"),
        ("echo '[{}]'", "not understood"),
        ("echo '{\"a\": 1}'", "not understood"),
        ('echo \'[{"code": null, "message": "m", "location": {"row": []}}]\'', "not understood"),
        ("head -c 100000 /dev/zero | tr '\\0' '['", "not understood"),
        ('echo \'[{"code": null, "message": 5, "location": {"row": 1}}]\'', "not understood"),
        ('echo \'[{"code": null, "message": "m", "location": {"row": Infinity}}]\'', "not understood"),
        ("kill -9 $$", "does not do its work"),
    ],
)
def test_a_tool_that_does_something_else(tmp_path: Path, sandbox: Sandbox, program: str, reason: str) -> None:
    project = project_of_file(project_in(tmp_path, mod=TEXT) / "mod.py")
    linter = Linter(
        name="ruff",
        command=("/bin/sh", "-c", program),
        readable=(),
        limits=LIMITS,
        read=read_ruff,
        fine=range(1),
    )
    with pytest.raises(AssistRefused, match=reason):
        findings(sandbox, linter, project, TEXT)


def test_a_tool_that_has_no_end(tmp_path: Path, sandbox: Sandbox) -> None:
    project = project_of_file(project_in(tmp_path, mod=TEXT) / "mod.py")
    command = ("/bin/sh", "-c", "while :; do :; done")
    limits = replace(LIMITS, wall_s=0.3)
    linter = Linter(name="ruff", command=command, readable=(), limits=limits, read=read_ruff, fine=range(1))
    with pytest.raises(AssistRefused, match="did not end"):
        findings(sandbox, linter, project, TEXT)


def test_places_of_ruff_count_characters_after_a_byte_order_mark() -> None:
    text = '\ufeffimport os\r\nx = "\U0001f600"; import sys\r\n'
    printed = """[{"code": "F401", "message": "`os` imported but unused", "location": {"row": 1, "column": 8},
        "fix": {"applicability": "safe", "message": "Remove", "edits": [
        {"content": "", "location": {"row": 1, "column": 1}, "end_location": {"row": 2, "column": 1}}]}},
        {"code": "F401", "message": "m", "location": {"row": 2, "column": 17}, "fix": {"applicability": "safe",
        "message": null, "edits": [
        {"content": "", "location": {"row": 2, "column": 8}, "end_location": {"row": 2, "column": 20}}]}},
        {"code": "E", "message": "m", "location": {"row": 2, "column": 1}, "fix": {"applicability": "unsafe"}},
        {"code": null, "message": "m", "location": {"row": 2, "column": 1}, "fix": null}]"""
    first, second, unsafe, none = read_ruff(printed, Path("/a.py"), text)
    assert first.mend is not None
    assert first.mend.made_in(text) == '\ufeffx = "\U0001f600"; import sys\r\n'
    assert second.mend is not None
    assert second.mend.made_in(text) == '\ufeffimport os\r\nx = "\U0001f600"\r\n'
    assert unsafe.mend is None
    assert none.code == ""


def test_of_other_files_nothing_is_taken() -> None:
    printed = "/p/b.py:1: error: Other  [misc]\n/p/a.py:2:3: error: Mine  [misc]\n/p/a.py:2: note: See\n"
    assert read_mypy(printed, Path("/p/a.py"), "") == [Finding(code="misc", message="Mine", line=2)]
    ours = '{"file": "/p/a.py", "severity": "error", "message": "a\\u00a0b\\n  c", "range": {"start": {"line": 0}}}'
    others = '{"file": "/p/b.py", "severity": "error", "message": "m", "range": {"start": {"line": 0}}}'
    read = read_pyright(f'{{"generalDiagnostics": [{others}, {ours}]}}', Path("/p/a.py"), "")
    assert read == [Finding(code="", message="a b c", line=1)]
    assert read_flake8("warning: no\n3:E1:m\n", Path("/p/a.py"), "") == [Finding(code="E1", message="m", line=3)]


def test_what_is_said_is_the_same_on_another_line() -> None:
    one = Finding(code="F811", message="Redefinition of unused `x` from line 3", line=5)
    assert one.what == Finding(code="F811", message="Redefinition of unused `x` from line 4", line=6).what
