"""Projects on disk: how a file is imported, by which Python, what it must not see, and where its tests live."""

import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from codex_lsp.assist.project import Project, project_of
from codex_lsp.assist.project_interpreter import interpreter_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.secret_files import MAX_ENTRIES, secret_files
from codex_lsp.assist.tests_layout import TestStyle
from codex_lsp.assist.workbench import Workbench
from codex_lsp.config import Settings
from codex_lsp.context.document import Document
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.interpreter import home_folder, interpreter_paths
from codex_lsp.execution.sandbox import find_sandbox


async def never() -> bool:
    return False


def tell(doing: str, percent: int | None) -> None:
    del doing, percent


BENCH = Workbench(
    model=None,
    find_sandbox=find_sandbox,
    read=lambda _: None,
    tell=tell,
    may_run_unsandboxed=never,
    settings=Settings(),
)


def make(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def project(root: Path, name: str, text: str | None = None, *, trusted: bool = True, rooted: bool = True) -> Project:
    path = root / name
    text = path.read_text() if text is None else text
    document = Document(uri=path.as_uri(), language="python", version=1, text=text)
    request = AssistRequest(document=document, offset=0, path=path, root=root if rooted else None, trusted=trusted)
    return project_of(request, BENCH)


@pytest.mark.parametrize(
    ("files", "name", "module", "folder"),
    [
        ({"a.py": ""}, "a.py", "a", ""),
        ({"p/__init__.py": "", "p/q/__init__.py": "", "p/q/a.py": ""}, "p/q/a.py", "p.q.a", ""),
        ({"p/__init__.py": ""}, "p/__init__.py", "p", ""),
        ({"src/p/__init__.py": "", "src/p/a.py": ""}, "src/p/a.py", "p.a", "src"),
        ({"src/p/a.py": "", "src/p/q/b.py": ""}, "src/p/q/b.py", "p.q.b", "src"),
        (
            {"lib/p/a.py": "", "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = 'lib'"},
            "lib/p/a.py",
            "p.a",
            "lib",
        ),
        ({"scripts/a.py": "import b", "scripts/b.py": ""}, "scripts/a.py", "a", "scripts"),
        ({"p/a.py": "from . import b", "p/b.py": ""}, "p/a.py", "p.a", ""),
        ({"p/a.py": "from p import b\ndef broken(:", "p/b.py": ""}, "p/a.py", "a", "p"),
        ({"odd-folder/a.py": ""}, "odd-folder/a.py", "a", "odd-folder"),
    ],
)
def test_how_a_file_is_imported(tmp_path: Path, files: Mapping[str, str], name: str, module: str, folder: str) -> None:
    make(tmp_path, files)
    found = project(tmp_path, name)
    assert (found.module, found.import_from[0], found.importable) == (module, tmp_path / folder, True)
    assert tmp_path in found.import_from


def test_a_name_that_no_import_can_say(tmp_path: Path) -> None:
    make(tmp_path, {"my-script.py": "", "damaged/pyproject.toml": "x", "damaged/a.py": ""})
    assert (project(tmp_path, "my-script.py").module, project(tmp_path, "my-script.py").importable) == (
        "my-script",
        False,
    )
    assert project(tmp_path / "damaged", "a.py").module == "a"


def test_the_root_is_the_given_one_or_the_nearest_that_looks_like_one(tmp_path: Path) -> None:
    make(tmp_path, {"w/pyproject.toml": "", "w/a/b.py": "", "x/c.py": ""})
    assert project(tmp_path, "w/a/b.py").root == tmp_path
    assert project(tmp_path, "w/a/b.py", rooted=False).root == tmp_path / "w"
    assert project(tmp_path, "x/c.py", rooted=False).root == tmp_path / "x"


def test_what_cannot_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document(uri="untitled:a", language="python", version=1, text="")
    with pytest.raises(AssistRefused, match="save it to a file first"):
        project_of(AssistRequest(document=document, offset=0, path=None, root=None, trusted=True), BENCH)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    make(tmp_path, {"home/a.py": "", "home/p/b.py": "", "c.py": ""})
    assert home_folder() == tmp_path / "home"
    for name in ("home/a.py", "c.py"):
        with pytest.raises(AssistRefused, match="your home folder"):
            project(tmp_path, name)
    assert project(tmp_path / "home", "p/b.py").root == tmp_path / "home" / "p"


def test_what_is_not_saved_is_shown_instead(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "é = 1\n"})
    assert project(tmp_path, "a.py").replaced == {}
    assert project(tmp_path, "a.py", "é = 2\n").replaced == {tmp_path / "a.py": "é = 2\n".encode()}
    assert project(tmp_path, "new.py", "x").replaced == {tmp_path / "new.py": b"x"}


def test_secrets_are_masked(tmp_path: Path) -> None:
    names = (".env", "deploy/server.key", "deploy/secrets.yaml", ".git/config", ".ssh/id_rsa", "conf/.env.local")
    packages = (".venv/lib/cacert.pem", "node_modules/a/cert.pem", ".venv/pyvenv.cfg")
    make(tmp_path, dict.fromkeys((*names, *packages, "secrets.py", "a.py", "keys.py"), ""))
    (tmp_path / "link").symlink_to("deploy/server.key")
    folder = (".git", ".ssh", ".env", "link", "conf/.env.local", "deploy/secrets.yaml", "deploy/server.key")
    assert set(secret_files(tmp_path)) == {tmp_path / name for name in folder}
    assert set(project(tmp_path, "a.py").masked) == {tmp_path / name for name in folder}
    assert project(tmp_path, "a.py", trusted=False).masked == ()


def test_folders_that_are_not_come_to_are_masked_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"a/b/.env": "", "c.py": "", "d/e.py": ""})
    monkeypatch.setattr("codex_lsp.assist.secret_files.MAX_ENTRIES", 4)
    assert set(secret_files(tmp_path)) == {tmp_path / "a" / "b", tmp_path / "d"}
    assert MAX_ENTRIES > 1000


def test_the_projects_own_python(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "", "app/b.py": ""})
    ours = project(tmp_path, "a.py")
    assert (ours.interpreter, ours.own_interpreter, ours.has_pytest) == (Path(sys.executable), False, True)
    assert ours.readable == (tmp_path, *interpreter_paths())
    venv.create(tmp_path / ".venv", symlinks=True)
    venv.create(tmp_path / "app" / "venv", symlinks=True)
    own, near = project(tmp_path, "a.py"), project(tmp_path, "app/b.py")
    assert (own.interpreter, own.own_interpreter, own.has_pytest) == (tmp_path / ".venv/bin/python", True, False)
    assert near.interpreter == tmp_path / "app/venv/bin/python"
    assert Path(sys.executable).resolve().parent.parent in own.interpreter_readable
    library = f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
    (tmp_path / ".venv" / library / "site-packages" / "pytest").mkdir()
    assert project(tmp_path, "a.py").has_pytest
    assert not project(tmp_path, "a.py", trusted=False).own_interpreter


def test_what_is_no_python_is_not_used(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True)
    assert interpreter_of(tmp_path, tmp_path).is_own
    configuration = tmp_path / ".venv" / "pyvenv.cfg"
    said = configuration.read_text()
    for other in ("", said.replace("version = 3.", "version = 2."), said.replace("version = 3.", "version = 3.1")):
        configuration.write_text(other)
        assert not interpreter_of(tmp_path, tmp_path).is_own
    configuration.write_text(said)
    program = tmp_path / ".venv/bin/python"
    program.unlink()
    assert not interpreter_of(tmp_path, tmp_path).is_own
    make(tmp_path, {"outside/bin/python": "#!/bin/sh\n", "outside/secret": ""})
    (tmp_path / "outside/bin/python").chmod(0o755)
    program.symlink_to(tmp_path / "outside/bin/python")
    assert not interpreter_of(tmp_path, tmp_path).is_own


@pytest.mark.parametrize(
    ("files", "test_file"),
    [
        ({}, "test_a.py"),
        ({"pyproject.toml": ""}, "tests/test_a.py"),
        ({"tests/test_b.py": ""}, "tests/test_a.py"),
        ({"test/test_b.py": ""}, "test/test_a.py"),
        ({"p/tests/test_b.py": ""}, "p/tests/test_a.py"),
        ({"p/b.py": "", "p/test_b.py": ""}, "p/test_a.py"),
        ({"p/b.py": "", "p/b_test.py": ""}, "p/a_test.py"),
        ({"tests/unit/test_b.py": ""}, "tests/unit/test_a.py"),
        ({"tests/unit/p/test_b.py": ""}, "tests/unit/p/test_a.py"),
        ({"tests/p/test_b.py": ""}, "tests/p/test_a.py"),
        ({"tests/deep/test_a.py": "", "tests/test_b.py": ""}, "tests/deep/test_a.py"),
        ({"tests/q/test_a.py": "", "tests/p/test_a.py": ""}, "tests/p/test_a.py"),
        ({"tests/a_test.py": "", ".hidden/test_a.py": "", "node_modules/test_a.py": ""}, "tests/a_test.py"),
    ],
)
def test_where_tests_live(tmp_path: Path, files: Mapping[str, str], test_file: str) -> None:
    make(tmp_path, {"p/__init__.py": "", "p/a.py": "", **files})
    if test_file == "test_a.py":
        test_file = "p/test_a.py"
    found = project(tmp_path, "p/a.py")
    assert (found.test_file, found.test_file_exists) == (tmp_path / test_file, test_file in files)


UNITTEST = "import unittest\n\nclass TestB(unittest.TestCase):\n    def test_b(self): pass\n"
PYTEST = "def test_b(): pass\n"


@pytest.mark.parametrize(
    ("files", "style"),
    [
        ({}, TestStyle.PYTEST),
        ({"tests/test_b.py": UNITTEST}, TestStyle.UNITTEST),
        ({"tests/test_b.py": UNITTEST, "tests/test_a.py": PYTEST}, TestStyle.PYTEST),
        ({"tests/test_b.py": PYTEST, "tests/test_a.py": UNITTEST}, TestStyle.UNITTEST),
        ({"tests/test_a.py": "", "tests/test_b.py": UNITTEST}, TestStyle.UNITTEST),
        ({"tests/test_a.py": "def broken(:", "tests/test_b.py": "class TestB:\n    pass\n"}, TestStyle.PYTEST),
    ],
)
def test_the_style_of_tests(tmp_path: Path, files: Mapping[str, str], style: TestStyle) -> None:
    make(tmp_path, {"a.py": "", **files})
    assert project(tmp_path, "a.py").style is style
    assert project(tmp_path, "a.py", trusted=False).style is TestStyle.PYTEST
