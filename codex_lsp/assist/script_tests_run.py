"""Runs a file of tests of JavaScript or TypeScript with the project's runner, twice: what fails is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codex_lsp.assist.result import with_edits
from codex_lsp.assist.script_outcomes import ScriptOutcomes, first_line, outcomes_in
from codex_lsp.assist.script_run import not_taken, outcomes, took_none
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
        report = outcomes_in(ended.reports)
        if took_none(ended, report):
            raise AssistRefused(not_taken(target.project))
        if report is None or not report.files:
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


def _outcomes(report: ScriptOutcomes, target: ScriptTarget) -> dict[str, str]:
    """By title of each test, what is said of it; empty where it passed.

    Raises:
        AssistRefused: The file does not run.
    """
    file, runner = target.project.test_file, target.project.runner.name
    if not report.tests:
        why = report.message or "no reason given"
        raise AssistRefused(f"{file.name} does not run with {runner} ({why}); mend it first")
    return dict(report.tests)


def _said(ended: Run) -> str:
    if ended.timed_out:
        return "it does not end in time"
    return first_line(f"{ended.stderr.decode(errors='replace')}\n{ended.stdout.decode(errors='replace')}") or "no word"
