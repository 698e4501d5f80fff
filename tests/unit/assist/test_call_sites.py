"""Who calls a function: by reading files."""

from pathlib import Path

from codex_lsp.assist.call_sites import Caller, callers_in, callers_of
from codex_lsp.assist.function import function_at
from codex_lsp.cli.workbench import read_document

TEXT = "def f(x):\n    return f(x - 1) if x else 0\n\n\ndef g():\n    f(1)\n    f(2)\n\n\nf(3)\n"
FUNCTION = function_at(TEXT, 0)


def test_in_its_own_file() -> None:
    found = list(callers_in(TEXT, "a.py", FUNCTION, own=True))
    assert {(each.inside, each.line) for each in found} == {("g", 6), ("", 10)}


def test_in_other_files(tmp_path: Path) -> None:
    files = {
        "a.py": TEXT,
        "b.py": "from a import f\n\n\ndef h():\n    return f(1)\n",
        "c.py": "def f(): ...\n\n\nf()\n",
        "d.py": "import a\n\n\nclass C:\n    def m(self):\n        return a.f(1)\n",
        "broken.py": "from a import f\nf(\n",
        "e.txt": "f(1)\n",
        ".gitignore": "made.py\n",
        "made.py": "from a import f\n\nf(9)\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = callers_of(FUNCTION, tmp_path / "a.py", tmp_path, read_document)
    assert set(found) == {
        Caller(path="b.py", line=5, inside="h"),
        Caller(path="d.py", line=6, inside="C.m"),
    }


def test_methods_are_called_through_something() -> None:
    text = "class C:\n    def push(self): ...\n\n\ndef use(c):\n    c.push()\n    push()\n"
    method = function_at(text, text.index("push"))
    assert [each.line for each in callers_in(text, "a.py", method, own=True)] == [6]
