import os
from pathlib import Path

import pytest

from codex_lsp.training.filters import MAX_FILE_BYTES, Rejection
from codex_lsp.training.packages import ListedPackage
from codex_lsp.training.sources import archived, distributions
from tests.unit.training.archives import COPYRIGHT, debian_package, npm_package, wheel
from tests.unit.training.packages import add_distribution


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


@pytest.mark.parametrize("metadata", [None, b"License: M\xffIT\n", bytes(range(256)), "folder"])
def test_metadata_that_cannot_be_read_refuse_the_package_and_no_other(tmp_path: Path, metadata: object) -> None:
    for name in ("broken", "whole"):
        add_distribution(tmp_path, name, {f"{name}/a.py": "x = 1\n"}, "License-Expression: MIT")
    file = tmp_path / "broken-1.0.dist-info" / "METADATA"
    file.unlink()
    if isinstance(metadata, bytes):
        file.write_bytes(metadata)
    elif metadata == "folder":
        file.mkdir()
    broken, whole = distributions(tmp_path)
    assert (broken.name, broken.version, broken.verdict.refusal) == (
        "broken",
        "1.0",
        "brings no file that names its licence",
    )
    assert whole.verdict.refusal is None


@pytest.mark.parametrize("record", [b"\xff\xfe\x00", b"a.py,,not-a-number\n", b"a.py,,,,,\n", b'"' + b"a" * 200_000])
def test_a_record_that_is_none_refuses_the_package(tmp_path: Path, record: bytes) -> None:
    add_distribution(tmp_path, "broken", {}, "License-Expression: MIT")
    (tmp_path / "broken-1.0.dist-info" / "RECORD").write_bytes(record)
    (broken,) = distributions(tmp_path)
    assert broken.verdict.refusal == "its RECORD cannot be read"


def test_a_record_leads_to_ordinary_files_of_the_folder_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    add_distribution(site, "thing", {"thing/a.py": "x = 1\n"}, "License-Expression: MIT")
    (tmp_path / "outside.py").write_text("secret = 1\n")
    os.mkfifo(site / "thing" / "pipe.py")
    (site / "thing" / "zero.py").symlink_to("/dev/zero")
    with (site / "thing" / "large.py").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with (site / "thing-1.0.dist-info" / "RECORD").open("a") as record:
        for path in ("thing/../../outside.py", "../outside.py", str(tmp_path / "outside.py")):
            record.write(f"{path},,\n")
        for name in ("pipe", "zero", "large", "absent"):
            record.write(f"thing/{name}.py,,\n")
    (thing,) = distributions(site)
    assert {file.path: file.data for file in thing.read()} == {
        "thing/a.py": b"x = 1\n",
        "thing/pipe.py": Rejection.NOT_UTF8,
        "thing/zero.py": Rejection.NOT_UTF8,
        "thing/large.py": Rejection.TOO_LARGE,
        "thing/absent.py": Rejection.NOT_UTF8,
    }


def test_a_name_that_is_not_utf8_does_not_end_the_reading(tmp_path: Path) -> None:
    archive = npm_package(tmp_path / "t.tgz", {"src/\udcff.js": "let x = 1;\n"})
    listed = ListedPackage(ecosystem="npm", name="t", version="1.0.0", heldout=False, only=())
    assert [file.path for file in archived(listed, archive).read()] == ["src/?.js"]


def test_what_an_installed_distribution_vendored_is_not_its_own(tmp_path: Path) -> None:
    files = {"thing/a.py": "x = 1\n", "thing/_vendor/other.py": "y = 2\n"}
    add_distribution(tmp_path, "thing", files, "License-Expression: MIT")
    [package] = distributions(tmp_path)
    assert {file.path: file.data for file in package.read()} == {
        "thing/a.py": b"x = 1\n",
        "thing/_vendor/other.py": Rejection.VENDORED,
    }
