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


@pytest.fixture(scope="session")
def with_tiles(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The library with `amx.c` over tiles that are emulated."""
    header = Path(__file__).parent / "amx_emulated.h"
    try:
        return Library(build(tmp_path_factory.mktemp("tiles"), amx_header=header))
    except CannotBuild as error:
        pytest.skip(str(error))
