"""The sandbox of this machine, found once for all tests of a module."""

import pytest

from codex_lsp.execution.sandbox import Sandbox
from tests.sandboxes import sandbox_or_skip


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return sandbox_or_skip()
