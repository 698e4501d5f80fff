"""Fetching with the real clients, offline: `pip` takes wheels from a folder, the others are missing or refuse."""

from pathlib import Path

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.fetched import fetched_packages
from codex_lsp.training.fetching import Fetcher
from codex_lsp.training.packages import ListedPackage
from tests.unit.training.archives import wheel

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    files = {"thing/a.py": "x = 1\n", "thing-1.0.dist-info/WHEEL": WHEEL, "thing-1.0.dist-info/RECORD": ""}
    wheel(folder / "thing-1.0-py3-none-any.whl", files, "License-Expression: MIT")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def listed(ecosystem: str = "pypi", name: str = "thing") -> ListedPackage:
    return ListedPackage(ecosystem=ecosystem, name=name, version="1.0", heldout=False, only=())


def test_a_wheel_is_fetched_once_and_kept(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fetcher = Fetcher(Path("downloads"))
    assert not fetcher.holds(listed())
    archive = fetcher.fetch(listed())
    assert archive.name == "thing-1.0-py3-none-any.whl"
    (wheels / archive.name).unlink()
    assert fetcher.holds(listed())
    assert fetcher.fetch(listed()) == archive
    assert [path.name for path in (tmp_path / "downloads" / "pypi").iterdir()] == ["thing-1.0"]


@pytest.mark.usefixtures("wheels")
def test_what_cannot_be_fetched_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    fetcher = Fetcher(tmp_path / "downloads")
    with pytest.raises(TrainingError, match="absent"):
        fetcher.fetch(listed(name="absent"))
    assert list((tmp_path / "downloads" / "pypi").iterdir()) == []


@pytest.mark.usefixtures("wheels")
def test_a_missing_client_is_one_line_and_its_packages_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    listing = [listed("npm", "one"), listed(), listed("npm", "two"), listed("debian", "three")]
    packages = list(fetched_packages(listing, Fetcher(tmp_path / "downloads"), said.append))
    assert [line.split(" ")[0] for line in said] == ["npm", "apt-get"]
    assert [package.verdict.refusal is None for package in packages] == [False, True, False, False]
    assert "npm is not installed" in str(packages[0].verdict.refusal)
    assert [file.path for file in packages[1].read()] == ["thing/a.py"]
    assert list(packages[0].read()) == []


@pytest.mark.usefixtures("wheels")
def test_a_damaged_archive_is_a_refused_package(tmp_path: Path) -> None:
    fetcher = Fetcher(tmp_path / "downloads")
    fetcher.fetch(listed()).write_bytes(b"no wheel")
    (package,) = fetched_packages([listed()], fetcher, lambda _: None)
    assert "cannot be read" in str(package.verdict.refusal)
