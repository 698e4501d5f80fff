"""Import statements put in and taken out."""

import ast

import pytest

from codex_lsp.assist.import_edit import added_import, removed_import
from codex_lsp.assist.result import TextEdit


def made(text: str, edit: TextEdit | None) -> str:
    assert edit is not None
    return text[: edit.start] + edit.text + text[edit.end :]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("x = 1\n", "import os\n\n\nx = 1\n"),
        ("", "import os\n"),
        ("'''Doc.'''\n\nx = 1\n", "'''Doc.'''\n\nimport os\n\nx = 1\n"),
        (
            "'''Doc.'''\nimport a\nfrom b import (\n    c,\n)\nx = 1\n",
            "'''Doc.'''\nimport a\nfrom b import (\n    c,\n)\nimport os\nx = 1\n",
        ),
        ("#!/usr/bin/python\n# Ours.\nx = 1\n", "#!/usr/bin/python\n# Ours.\nimport os\n\n\nx = 1\n"),
        ("import a", "import a\nimport os\n"),
        ("import a\r\nx = 1\r\n", "import a\r\nimport os\r\nx = 1\r\n"),
        ("x = 1\nimport a\n", "import os\n\n\nx = 1\nimport a\n"),
        ("\ufeffx = 1\n", "\ufeffimport os\n\n\nx = 1\n"),
    ],
)
def test_added(text: str, after: str) -> None:
    assert made(text, added_import(text, "import os")) == after
    ast.parse(after.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    ("text", "name", "after"),
    [
        ("import os\nx = 1\n", "os", "x = 1\n"),
        ("import os.path\n", "os", ""),
        ("import os, sys\n", "os", "import sys\n"),
        ("from a import b as c, d\n", "c", "from a import d\n"),
        ("from a import (\n    b,\n    c,\n)\nx = 1\n", "b", "from a import (\n    c,\n)\nx = 1\n"),
        ("from a import (\n    b,\n    c,  # kept\n)\n", "b", "from a import (\n    c,  # kept\n)\n"),
        ("from a import (\r\n    b,\r\n    c,\r\n)\r\n", "c", "from a import (\r\n    b,\r\n)\r\n"),
        ("x = 'é'; import os, sys\n", "sys", "x = 'é'; import os\n"),
        ("x = 'é'; import os", "os", "x = 'é'; pass"),
        ("import os", "os", ""),
        ("x = 1; import os\n", "os", "x = 1; pass\n"),
    ],
)
def test_removed(text: str, name: str, after: str) -> None:
    assert made(text, removed_import(text, name)) == after


def test_what_is_not_there_or_has_a_comment_stays() -> None:
    assert removed_import("import os\n", "sys") is None
    assert removed_import("import os  # for its side effects\n", "os") is None
    assert removed_import("from a import (\n    b,\n    c,  # why\n    d,\n)\n", "c") is None
