"""What runners of JavaScript report of one file of tests, in the form that vitest and jest share."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_COMPLAINT = re.compile(r"[\w ]*Error(?: \[\w+\])?:|Cannot find")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOutcomes:
    """What was reported.

    Attributes:
        files: How many files were taken for tests.
        tests: By title of each test, what is said of it; empty where it passed.
        message: Why a file does not run at all; empty where it does.
    """

    files: int
    tests: Mapping[str, str]
    message: str


def outcomes_in(report: bytes) -> ScriptOutcomes | None:
    """A report, read; None for what is none. Where two tests have one title, both must have passed."""
    tests: dict[str, str] = {}
    message = ""
    try:
        results: list[dict[str, Any]] = json.loads(report)["testResults"]
        for result in results:
            message = message or first_line(str(result.get("message") or ""))
            for each in result["assertionResults"]:
                title, status = str(each["title"]), str(each["status"])
                said = first_line("\n".join(map(str, each.get("failureMessages") or [])))
                passed = status == "passed" and not tests.get(title)
                tests[title] = "" if passed else tests.get(title) or said or status
        return ScriptOutcomes(files=len(results), tests=tests, message=message)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def first_line(text: str) -> str:
    """The line of a complaint that says what is wrong: the first that begins with an error's name, else the first."""
    lines = [line.strip(" \t●") for line in text.splitlines()]
    told = [line for line in lines if line and line != "Test suite failed to run"]
    return next((line for line in told if _COMPLAINT.match(line)), told[0] if told else "")[:300]
