"""Where imports stand, and what they mean."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.imports import import_spans, imported_files


@pytest.mark.parametrize(
    ("language", "text", "imports"),
    [
        ("python", '"""Doc."""\nimport os\nfrom a import (\n    b,\n)\nx = 1\nimport late\n', [1, 2, 6]),
        ("typescript", 'import {\n  a,\n} from "./a";\nconst b = require("b");\nconst c = 1;\n', [0, 3]),
        ("go", 'package a\n\nimport (\n\t"fmt"\n)\n', [2]),
        ("c", '#include <stdio.h>\n# include "a.h"\nint x;\n', [0, 1]),
        ("java", "package a;\nimport b.C;\n", [1]),
        ("python", "importance = 3\nfromage = 2\n", []),
    ],
)
def test_statements_are_found_whole(language: str, text: str, imports: list[int]) -> None:
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in imports]
    spans = import_spans(text, language)
    assert [low for low, _ in spans] == starts
    assert all(text[low:high].count("(") == text[low:high].count(")") for low, high in spans)


@pytest.mark.parametrize(
    ("text", "path", "language", "meant"),
    [
        ("import shop.till as t, os", "app.py", "python", "shop/till.py"),
        ("from shop import till", "app.py", "python", "shop/till.py"),
        ("from . import till", "shop/app.py", "python", "shop/till.py"),
        ("from ..tools.saw import (\n  cut,\n  bend)", "shop/inner/app.py", "python", "shop/tools/saw.py"),
        ("from shop.till import Till", "app.py", "python", "shop/till/__init__.py"),
        ("import {a} from '../lib/a'", "src/app.ts", "typescript", "lib/a.ts"),
        ('#include "a.h"', "src/app.c", "c", "src/a.h"),
    ],
)
def test_files_of_the_workspace(text: str, path: str, language: str, meant: str) -> None:
    assert meant in imported_files(text, path, language)


def test_nothing_outside_the_workspace_is_meant() -> None:
    assert imported_files("from ... import x", "a.py", "python") == []
    assert imported_files("import a from '../../../etc/a'", "src/a.ts", "typescript") == []


@given(st.text(alphabet="import from(),.\n ab\\", max_size=200), st.sampled_from(["python", "typescript", "go"]))
def test_any_text_is_read(text: str, language: str) -> None:
    spans = import_spans(text, language)
    assert all(low < high for low, high in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    imported_files(text, "a/b.py", language)


@pytest.mark.parametrize("text", ["import os", "import os\n" + "x" * 100_000, "x" * 100_000])
def test_a_line_without_an_end_is_none(text: str) -> None:
    """Nor is it looked for from each of its characters anew, which takes seconds in a minified file."""
    assert import_spans(text, "python") == [(0, 10)] * text.startswith("import os\n")
