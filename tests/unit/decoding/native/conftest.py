"""The native step, compiled once for these tests."""

from pathlib import Path

import pytest

from codex_lsp.decoding.native.build import CannotBuild, build
from codex_lsp.decoding.native.library import Library


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library."""
    try:
        return build(tmp_path_factory.mktemp("native"))
    except CannotBuild as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def library(compiled: Path) -> Library:
    """The library, loaded."""
    return Library(compiled)
