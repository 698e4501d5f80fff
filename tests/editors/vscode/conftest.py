"""The extension as a package, and the projects that the tests edit."""

import shutil
from pathlib import Path

import pytest

from tests.editors.vscode import code_server as vscode


@pytest.fixture(scope="session")
def extension() -> Path:
    """Built once."""
    assert (vscode.HOME / "installed").exists(), "run bash tests/editors/vscode/install.sh"
    return vscode.package_extension()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A copy of the example files."""
    return Path(shutil.copytree(vscode.ROOT / "examples", tmp_path / "examples"))
