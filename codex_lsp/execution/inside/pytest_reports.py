"""A plugin of pytest that tells each test's outcome as a line of JSON on a descriptor of its own."""

import json
import os
from typing import Any

_CHANNEL = 3
_DETAIL_LENGTH = 500


def pytest_runtest_logreport(report: Any) -> None:
    """A test's own run, and whatever went wrong before or after it."""
    if report.when == "call" or report.outcome != "passed":
        _tell(report, outcome=report.outcome if report.when == "call" or report.outcome == "skipped" else "error")


def pytest_collectreport(report: Any) -> None:
    """A file that cannot be collected."""
    if report.outcome == "failed":
        _tell(report, outcome="error")


def _tell(report: Any, *, outcome: str) -> None:
    line = {"name": report.nodeid, "outcome": outcome, "detail": _detail(report)[:_DETAIL_LENGTH]}
    os.write(_CHANNEL, json.dumps(line).encode() + b"\n")


def _detail(report: Any) -> str:
    """The message of what was raised, in one line; empty where nothing was."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return " ".join(crash.message.split())
    lines = str(report.longrepr or "").splitlines()
    raised = [line[1:].strip() for line in lines if line.startswith("E ")]
    return raised[-1] if raised else " ".join(" ".join(lines).split())
