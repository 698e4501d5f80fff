"""One hypothesis profile for all tests, and the sandbox of those that run code nobody trusts.

No deadlines, since a busy machine is no defect of the code. In continuous integration the examples are the same each
time, so that a change fails by what it does; people's own runs draw new ones.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from tests.sandboxes import sandbox_or_skip

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("default")


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """This machine's; without one the test is skipped, and fails in continuous integration."""
    return sandbox_or_skip()


@pytest.fixture(scope="module")
def grader(sandbox: Sandbox) -> Iterator[SandboxedGrader]:
    """Grades in it, two candidates at a time; its workers are started once for a module."""
    with SandboxedGrader(2, sandbox=sandbox) as grader:
        yield grader
