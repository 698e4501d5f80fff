"""The sandbox of this machine for tests: without one they skip and say why, but fail in continuous integration."""

import os

import pytest

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.sandbox import Sandbox, find_sandbox


def sandbox_or_skip() -> Sandbox:
    """The sandbox, or the end of the test that asks for it."""
    try:
        return find_sandbox()
    except SandboxUnavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
