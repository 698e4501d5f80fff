"""The tests of a project that call a function, found by their text."""

from pathlib import Path

import pytest

from codex_lsp.assist.calling_tests import find_calling_tests
from codex_lsp.assist.function import function_at
from codex_lsp.assist.project import project_of
from codex_lsp.cli.workbench import read_document
from tests.benches import bench_of, project_in, request_at

MODULE = "def f(x): return x\n\nclass Stack:\n    def push(self, x): pass\n"


def found(root: Path, marker: str = "def f") -> dict[str, tuple[str, ...]]:
    path = root / "mod.py"
    request = request_at(path, marker)
    project = project_of(request, bench_of(None, None))
    function = function_at(request.document.text, request.offset)
    return {each.path.name: each.names for each in find_calling_tests(function, project, read_document)}


def test_functions_and_methods_that_call_it(tmp_path: Path) -> None:
    tests = (
        "import unittest\nfrom mod import f\n\ndef test_one():\n    assert f(1)\n\ndef test_other():\n    pass\n\n"
        "class TestF:\n    def test_in_class(self):\n        f(2)\n\n"
        "class Case(unittest.TestCase):\n    def test_case(self):\n        self.assertEqual(f(1), 1)\n"
    )
    root = project_in(tmp_path, mod=MODULE, test_mod=tests)
    assert found(root) == {"test_mod.py": ("test_one", "TestF::test_in_class", "Case::test_case")}


def test_a_helper_that_calls_it_stands_for_the_whole_file(tmp_path: Path) -> None:
    tests = "import mod\n\ndef check(x):\n    return mod.f(x)\n\ndef test_one():\n    assert check(1)\n"
    assert found(project_in(tmp_path, mod=MODULE, test_mod=tests)) == {"test_mod.py": ()}


def test_methods_are_found_by_their_class(tmp_path: Path) -> None:
    tests = "from mod import Stack\n\ndef test_push():\n    Stack().push(1)\n"
    assert found(project_in(tmp_path, mod=MODULE, test_mod=tests), "def push") == {"test_mod.py": ("test_push",)}


@pytest.mark.parametrize(
    "tests",
    [
        "from other import f\n\ndef test_one():\n    assert f(1)\n",
        "from mod import g\n\ndef test_one():\n    assert g(1)\n",
        "from mod import f\n\ndef test_one() assert f(1)\n",
        "from mod import f\n\ndef test_one():\n    'f is not called'\n",
    ],
)
def test_a_function_of_the_same_name_is_another_one(tmp_path: Path, tests: str) -> None:
    assert found(project_in(tmp_path, mod=MODULE, test_mod=tests)) == {}


def test_environments_and_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    root = project_in(tmp_path, mod=MODULE)
    for folder in ("env311", ".tox", "node_modules"):
        (root / folder).mkdir()
        (root / folder / "test_x.py").write_text("from mod import f\n\ndef test_one():\n    f(1)\n")
    (root / "env311" / "pyvenv.cfg").touch()
    assert found(root) == {}
