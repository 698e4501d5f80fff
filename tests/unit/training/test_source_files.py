import pytest

from codex_lsp.training.filters import Rejection
from codex_lsp.training.source_files import SourceFile, language_of_source, shown_path, source_file, within_limit


@pytest.mark.parametrize(
    ("ecosystem", "path", "shown"),
    [
        ("npm", "package/src/a.ts", "src/a.ts"),
        ("npm", "other-root/src/a.ts", "src/a.ts"),
        ("pypi", "thing/a.py", "thing/a.py"),
        ("debian", "usr/share/gocode/src/github.com/a/b/c.go", "github.com/a/b/c.go"),
        ("debian", "usr/share/rubygems-integration/all/gems/a-1.0/lib/a.rb", "a-1.0/lib/a.rb"),
        ("debian", "usr/bin/tool", "bin/tool"),
    ],
)
def test_paths_are_shown_as_the_project_has_them(ecosystem: str, path: str, shown: str) -> None:
    assert shown_path(ecosystem, path) == shown


@pytest.mark.parametrize(
    ("path", "data", "language"),
    [
        ("a.py", b"", "python"),
        ("a.PM", b"", "perl"),
        ("a.mjs", None, "javascript"),
        ("bin/tool", b"#!/usr/bin/env bash\n", "shellscript"),
        ("bin/tool", b"#! /usr/bin/perl -w\n", "perl"),
        ("bin/tool", b"#!/usr/bin/env -S python3 -u\n", "python"),
        ("bin/tool", b"\x7fELF", None),
        ("bin/tool", None, None),
        ("notes.txt", b"#!/bin/sh\n", None),
        ("a.md", b"", None),
    ],
)
def test_the_language_is_told_by_name_or_first_line(path: str, data: bytes | None, language: str | None) -> None:
    assert language_of_source(path, data) == language


@pytest.mark.parametrize(
    ("ecosystem", "path", "reason"),
    [
        ("pypi", "pip/_vendor/x.py", Rejection.VENDORED),
        ("debian", "usr/share/go-1.19/src/vendor/x.go", Rejection.VENDORED),
        ("npm", "package/dist/x.js", Rejection.BUILT),
        ("npm", "package/src/x.d.ts", Rejection.BUILT),
        ("npm", "package/x.min.js", Rejection.BUILT),
        ("npm", "package/x.umd.js", Rejection.BUILT),
    ],
)
def test_what_is_vendored_or_built_is_counted(ecosystem: str, path: str, reason: Rejection) -> None:
    file = source_file(ecosystem, path, b"x")
    assert file is not None
    assert file.data is reason


@pytest.mark.parametrize(
    ("ecosystem", "path"),
    [("pypi", "thing/static/app.js"), ("debian", "usr/share/doc/thing/examples/a.py"), ("npm", "package/README.md")],
)
def test_what_is_no_source_of_the_package_is_not_looked_at(ecosystem: str, path: str) -> None:
    assert source_file(ecosystem, path, b"x") is None


def test_a_file_that_is_too_large_says_so() -> None:
    for data in (None, b"x" * 1_000_001):
        file = source_file("pypi", "a.py", data)
        assert file is not None
        assert file.data is Rejection.TOO_LARGE


def test_tests_are_the_first_to_go_above_the_limit() -> None:
    names = ["thing/a.py", "thing/tests/x.py", "thing/b.py", "thing/test_y.py"]
    files = [SourceFile(path=name, language="python", data=b"x" * 10) for name in names]
    kept = {file.path for file in within_limit(files, 25) if file.data is not Rejection.PACKAGE_LIMIT}
    assert kept == {"thing/a.py", "thing/b.py"}
    assert [file.path for file in within_limit(files, 25)] == names
    assert list(within_limit(files, 40)) == files
