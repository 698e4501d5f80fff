import gzip
import tarfile
import zipfile
from pathlib import Path

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.archives import MAX_ARCHIVE_BYTES, MAX_MEMBER_BYTES, members
from tests.unit.training.archives import debian_package, npm_package, wheel

FILES = {"a.py": "x = 1\n", "b/c.py": "y = 2\n"}


def read(archive: Path) -> dict[str, bytes | None]:
    return {member.path: member.data for member in members(archive)}


def test_the_files_of_each_kind_of_archive(tmp_path: Path) -> None:
    assert read(wheel(tmp_path / "t-1.0.whl", FILES))["b/c.py"] == b"y = 2\n"
    assert read(npm_package(tmp_path / "t-1.tgz", FILES))["package/b/c.py"] == b"y = 2\n"
    assert read(debian_package(tmp_path / "t_1_all.deb", FILES))["b/c.py"] == b"y = 2\n"


def test_a_member_too_large_is_not_read(tmp_path: Path) -> None:
    large = {"large.py": "#" * (MAX_MEMBER_BYTES + 1)}
    for archive in (wheel(tmp_path / "t.whl", large), npm_package(tmp_path / "t.tgz", large)):
        found = read(archive)
        assert [data for path, data in found.items() if path.endswith("large.py")] == [None]


def test_links_are_not_files(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "links.tgz", "w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info = tarfile.TarInfo("package/passwd.py")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert read(tmp_path / "links.tgz") == {}
    with zipfile.ZipFile(tmp_path / "links.whl", "w") as zipped:
        info = zipfile.ZipInfo("passwd.py")
        info.external_attr = 0o120777 << 16
        zipped.writestr(info, "/etc/passwd")
    assert read(tmp_path / "links.whl") == {}


@pytest.mark.parametrize("name", ["t.whl", "t.tgz", "t.deb"])
def test_a_damaged_archive_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not an archive at all")
    with pytest.raises(TrainingError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("kind", ["whl", "tgz", "deb"])
def test_a_truncated_archive_is_named(tmp_path: Path, kind: str) -> None:
    make = {"whl": wheel, "tgz": npm_package, "deb": debian_package}[kind]
    path = make(tmp_path / f"t.{kind}", {f"{n}.py": f"x = {n}\n" * 200 for n in range(50)})
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(TrainingError, match=f"t.{kind}"):
        read(path)


def test_a_debian_package_without_data_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.deb").write_bytes(b"!<arch>\n" + b"x".ljust(16) + b"0".ljust(32) + b"2".ljust(10) + b"`\nok")
    with pytest.raises(TrainingError, match="holds no"):
        read(tmp_path / "t.deb")


def ar_file(path: Path, *members: tuple[str, int, bytes]) -> Path:
    """A Debian package's outer file whose headers say what they are told to."""
    parts = (f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{size:<10}`\n".encode() + data for name, size, data in members)
    path.write_bytes(b"!<arch>\n" + b"".join(parts))
    return path


def test_a_header_that_leads_backwards_ends(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="-60 bytes"):
        read(ar_file(tmp_path / "t.deb", ("debian-binary", -60, b"")))


def test_a_member_that_claims_more_than_there_is(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"t\.deb"):
        read(ar_file(tmp_path / "t.deb", ("data.tar.xz", 9_999_999_999, b"x")))


def test_a_long_name_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("name")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 5_000_000_000
    (tmp_path / "t.tgz").write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(4_000_000)))
    with pytest.raises(TrainingError, match="a header of 5000000"):
        read(tmp_path / "t.tgz")


def test_members_of_many_gigabytes_are_not_unpacked(tmp_path: Path) -> None:
    info = tarfile.TarInfo("package/large.py")
    info.size = MAX_ARCHIVE_BYTES + 1
    (tmp_path / "t.tgz").write_bytes(gzip.compress(info.tobuf()))
    with pytest.raises(TrainingError, match="more than 2 GB"):
        read(tmp_path / "t.tgz")


def test_a_password_is_asked_of_nobody(tmp_path: Path) -> None:
    path = wheel(tmp_path / "t.whl", FILES)
    data = bytearray(path.read_bytes())
    # The flag of encryption, in every header of the file and of its directory.
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(magic, start + 1)) >= 0:
            data[start + at] |= 1
    path.write_bytes(data)
    with pytest.raises(TrainingError, match=r"t\.whl.*encrypted"):
        read(path)
