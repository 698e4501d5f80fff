"""Pytest on a project on disk: its own settings and fixtures, another interpreter, and files not saved yet."""

import importlib.util
import shutil
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.pytest_grading import PytestCheck, grade_pytest
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.verdict import Outcome

FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--cov -n 4'\npythonpath = 'src'\n"
    "filterwarnings = ['error']\nasyncio_mode = 'auto'\nasyncio_default_fixture_loop_scope = 'function'\n",
    "conftest.py": "import pytest\n\n@pytest.fixture\ndef one():\n    return 1\n",
    "src/code.py": "def add(a, b):\n    return a - b\n",
    "tests/test_code.py": "from code import add\n\ndef test_add(one):\n    assert add(one, 2) == 3\n",
}


@pytest.fixture
def project() -> Iterator[Path]:
    """Readable to everybody."""
    folder = Path(tempfile.mkdtemp(prefix="codex-lsp-project-"))
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    yield folder
    shutil.rmtree(folder)


def check(project: Path, *arguments: str) -> PytestCheck:
    return PytestCheck(
        interpreter=Path(sys.executable),
        arguments=(f"--rootdir={project}", "-o", "addopts=", *arguments),
        readable=(project, *interpreter_paths()),
        import_from=(project / "src",),
        limits=Limits(wall_s=60.0),
    )


def test_what_is_shown_is_what_is_tested(sandbox: Sandbox, project: Path) -> None:
    asked = check(project, str(project / "tests"))
    result = grade_pytest(sandbox, asked)
    assert (result.verdict.outcome, [each.name for each in result.tests]) == (
        Outcome.FAILED,
        ["tests/test_code.py::test_add"],
    )
    assert result.tests[0].detail.startswith("assert -1 == 3")
    mended = {project / "src/code.py": b"def add(a, b):\n    return a + b\n"}
    more = {
        project
        / "tests/new/test_more.py": b"from code import add\n\ndef test_more(one):\n    assert add(one, 0) == 1\n"
    }
    result = grade_pytest(sandbox, replace(asked, replaced={**mended, **more}))
    assert (result.verdict.outcome, [each.name for each in result.tests]) == (
        Outcome.PASSED,
        ["tests/new/test_more.py::test_more", "tests/test_code.py::test_add"],
    )
    assert not (project / "tests/new").exists()


def test_plugins_are_loaded_where_they_are_asked_for(sandbox: Sandbox, project: Path) -> None:
    venv.create(project / "bare", symlinks=True)
    installed = project / "installed"
    (installed / "ours-1.dist-info").mkdir(parents=True)
    (installed / "ours-1.dist-info/METADATA").write_text("Name: ours\nVersion: 1\n")
    (installed / "ours-1.dist-info/entry_points.txt").write_text("[pytest11]\nours = ours\n")
    (installed / "ours.py").write_text("import pytest\n\n@pytest.fixture\ndef two():\n    return 2\n")
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py"):
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (installed / place.name).symlink_to(place)
    test = {project / "tests/test_two.py": b"def test_two(one, two):\n    assert one + one == two\n"}
    asked = replace(
        check(project, str(project / "tests/test_two.py")),
        interpreter=project / "bare/bin/python",
        import_from=(installed,),
        replaced=test,
    )
    results = [grade_pytest(sandbox, replace(asked, plugins=plugins)) for plugins in (False, True)]
    assert [each.verdict.outcome for each in results] == [Outcome.ERROR, Outcome.PASSED], results


def test_a_file_out_of_the_project_is_refused(sandbox: Sandbox, project: Path) -> None:
    asked = replace(check(project), replaced={project.parent / "elsewhere.py": b""})
    verdict = grade_pytest(sandbox, asked).verdict
    assert (verdict.outcome, "lies in a readable folder" in verdict.detail) == (Outcome.REFUSED, True)


def test_an_interpreter_without_pytest_says_so(sandbox: Sandbox, project: Path) -> None:
    venv.create(project / "bare", symlinks=True)
    bare = project / "bare/bin/python"
    asked = replace(check(project), interpreter=bare)
    verdict = grade_pytest(sandbox, asked).verdict
    assert (verdict.outcome, verdict.detail) == (Outcome.ERROR, f"{bare}: No module named pytest")
