from pathlib import Path

import pytest

from codex_lsp.training.filters import Rejection
from codex_lsp.training.packages import ListedPackage
from codex_lsp.training.sources import archived
from tests.unit.training.archives import COPYRIGHT, debian_package, npm_package, wheel


def listed(ecosystem: str, *only: str) -> ListedPackage:
    return ListedPackage(ecosystem=ecosystem, name="thing", version="1.0", heldout=True, only=only)


def test_a_wheel_with_its_licence(tmp_path: Path) -> None:
    files = {"thing/a.py": "x = 1\n", "thing/q.sql": "SELECT 1;\n", "thing/app.js": "1", "thing/data.txt": "no"}
    package = archived(listed("pypi"), wheel(tmp_path / "t.whl", files, "License-Expression: MIT"))
    assert (package.verdict.licence, package.verdict.refusal, package.heldout) == ("MIT", None, True)
    assert [(file.path, file.language, file.data) for file in package.read()] == [
        ("thing/a.py", "python", b"x = 1\n"),
        ("thing/q.sql", "sql", b"SELECT 1;\n"),
    ]


def test_an_npm_package_below_the_folders_asked_for(tmp_path: Path) -> None:
    archive = npm_package(tmp_path / "t.tgz", {"src/a.ts": "let a = 1;\n", "lib/a.js": "var a;\n"})
    assert [file.path for file in archived(listed("npm", "src/"), archive).read()] == ["src/a.ts"]


@pytest.mark.parametrize(
    ("manifest", "accepted"),
    [
        ({"license": "(MIT OR GPL-3.0)"}, True),
        ({"license": {"type": "ISC", "url": "x"}}, True),
        ({"licenses": [{"type": "GPL-2.0"}, {"type": "MIT"}]}, True),
        ({"license": "GPL-3.0-only"}, False),
        ({"license": "SEE LICENSE IN LICENSE.md"}, False),
        ({"license": 3}, False),
        ({}, False),
        ([], False),
    ],
)
def test_the_licence_of_package_json(tmp_path: Path, manifest: object, accepted: bool) -> None:  # noqa: FBT001
    package = archived(listed("npm"), npm_package(tmp_path / "t.tgz", {}, manifest))
    assert (package.verdict.refusal is None) is accepted


def test_a_licence_that_cannot_be_read_refuses(tmp_path: Path) -> None:
    assert archived(listed("debian"), debian_package(tmp_path / "t.deb", {}, "All rights reserved.")).verdict.refusal
    assert archived(listed("pypi"), wheel(tmp_path / "t.whl", {}, "License: see LICENSE")).verdict.refusal


def test_a_debian_file_under_another_licence_is_left_out(tmp_path: Path) -> None:
    text = COPYRIGHT + "\nFiles: lib/Copyleft.pm\nLicense: GPL-2+\n"
    files = {"usr/share/perl5/Free.pm": "1;\n", "usr/share/perl5/Copyleft.pm": "1;\n"}
    package = archived(listed("debian"), debian_package(tmp_path / "t.deb", files, text))
    assert {file.path: file.data for file in package.read()} == {"Free.pm": b"1;\n", "Copyleft.pm": Rejection.LICENCE}
