"""Runs a file of tests of JavaScript or TypeScript with the project's runner, twice: what fails is left out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from codex_lsp.assist.result import with_edits
from codex_lsp.assist.script_run import outcomes
from codex_lsp.assist.script_runner import NODE_TEST, Node
from codex_lsp.assist.script_test_file import ScriptTarget, ScriptTest, test_edits
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.running import Run
from codex_lsp.execution.sandbox import WORK_FOLDER, Sandbox

_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRun:
    """What running tests came to.

    Attributes:
        kept: Those that passed twice; all, where nothing was run.
        failed: The others' names, and what is said of each.
        why_not: Why nothing was run; empty where it was.
    """

    kept: tuple[ScriptTest, ...]
    failed: tuple[tuple[str, str], ...] = ()
    why_not: str = ""


def passing_twice(
    sandbox: Sandbox, target: ScriptTarget, node: Node, tests: Sequence[ScriptTest], *, in_place: bool
) -> ScriptRun:
    """The tests that pass in the file where they will stand.

    Args:
        sandbox: Where they run.
        target: The file.
        node: The program.
        tests: All.
        in_place: The file is shown where it will stand, which takes a sandbox; else it is run from a folder of its own.

    Raises:
        SandboxUnavailable: It could not be started.
        AssistRefused: The file as it would be does not run, or the runner does not take it for one of tests.
    """
    kept, failed = tuple(tests), list[tuple[str, str]]()
    if why_not := _why_not(target, node, in_place=in_place):
        return ScriptRun(kept=kept, why_not=why_not)
    for _ in range(_ROUNDS):
        if not kept:
            break
        ended = _ran(sandbox, target, node, kept, in_place=in_place)
        report = _report(ended)
        if report is None:
            return ScriptRun(kept=kept, why_not=f"{target.project.runner.name} does not start ({_said(ended)})")
        found = _outcomes(report, target)
        wrong = {test.name: found.get(test.name, "was not run") for test in kept}
        failed += [(name, said) for name, said in wrong.items() if said]
        kept = tuple(test for test in kept if not wrong[test.name])
    return ScriptRun(kept=kept, failed=tuple(failed))


def _why_not(target: ScriptTarget, node: Node, *, in_place: bool) -> str:
    runner, project = target.project.runner, target.project
    if not runner.is_installed:
        return f"{runner.name} is not installed; run: npm install"
    if runner.name != NODE_TEST and not in_place:
        return f"without a sandbox {runner.name} cannot be shown a file that is not there yet"
    if runner.name == NODE_TEST and project.typed and not node.strips_types:
        return (
            f"node {'.'.join(map(str, node.version))} runs no TypeScript; install node 22.18, or vitest in the project"
        )
    return ""


def _ran(sandbox: Sandbox, target: ScriptTarget, node: Node, tests: Sequence[ScriptTest], *, in_place: bool) -> Run:
    project = target.project
    if in_place:
        text = with_edits(target.before or "", test_edits(tests, target))
        shown = replace(project, replaced={**project.replaced, project.test_file: text.encode("utf-8", "replace")})
        return outcomes(sandbox, shown, node, project.test_file, {})
    alone = replace(target, before=None, place=str(project.path))
    name = "tests.test.mjs" if alone.modern else "tests.test.cjs"
    text = with_edits("", test_edits(tests, alone))
    return outcomes(sandbox, project, node, f"{WORK_FOLDER}/{name}", {name: text.encode("utf-8", "replace")})


def _report(ended: Run) -> dict[str, Any] | None:
    try:
        said: object = json.loads(ended.reports)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", said) if isinstance(said, dict) and "testResults" in said else None


def _outcomes(report: dict[str, Any], target: ScriptTarget) -> dict[str, str]:
    """By title of each test, what is said of it; empty where it passed.

    Raises:
        AssistRefused: The file does not run, or is none of tests to the runner.
    """
    file, runner = target.project.test_file, target.project.runner.name
    found: dict[str, str] = {}
    message = ""
    try:
        results: list[dict[str, Any]] = report["testResults"]
        if not results:
            raise AssistRefused(not_taken(runner, str(file)))
        for result in results:
            message = message or _first_line(str(result.get("message") or ""))
            for each in result["assertionResults"]:
                said = _first_line("\n".join(map(str, each.get("failureMessages") or [])))
                passed = each["status"] == "passed" and not found.get(each["title"])
                found[str(each["title"])] = "" if passed else said or str(each["status"])
    except (TypeError, KeyError, AttributeError) as error:
        raise AssistRefused(f"what {runner} reports cannot be read; report this with its version") from error
    if not found:
        raise AssistRefused(f"{file.name} does not run with {runner} ({message or 'no reason given'}); mend it first")
    return found


def not_taken(runner: str, file: str) -> str:
    """That a runner's settings leave a file out, and what helps."""
    return f"{runner} takes {file} for no file of tests; create one where its settings look for them, and ask again"


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip(" \t●")]
    return next((line for line in lines if "Error" in line), lines[0] if lines else "")[:300]


def _said(ended: Run) -> str:
    if ended.timed_out:
        return "it does not end in time"
    return _first_line(f"{ended.stderr.decode(errors='replace')}\n{ended.stdout.decode(errors='replace')}") or "no word"
