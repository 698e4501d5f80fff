"""Translate: a function in another language, and its checks with it, written by us and run where that is possible.

What the translation must give is what the original gives, on its author's examples and on generated inputs.
"""

import ast
import asyncio
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress

from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.assist.derived_cases import author_cases
from codex_lsp.assist.docstring_edit import without_docstring
from codex_lsp.assist.function import PythonFunction, function_at
from codex_lsp.assist.function_facts import facts_of
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.observed import calls_of, observed
from codex_lsp.assist.project import project_of
from codex_lsp.assist.prompts import AskedPrompt, prompt_for
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import NOT_RUN, AssistResult, AssistVerdict
from codex_lsp.assist.script_checks import NOT_REACHED, ScriptCheck
from codex_lsp.assist.script_runner import find_node
from codex_lsp.assist.script_syntax import opening, script_call, script_literal, script_name
from codex_lsp.assist.subject import subject_of
from codex_lsp.assist.translation import Translation, file_edits, report_of, translated_code
from codex_lsp.assist.translation_run import TranslationRunner
from codex_lsp.assist.workbench import Workbench
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.errors import AssistRefused, SandboxUnavailable, UsageError
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.toolchains import find_toolchain
from codex_lsp.execution.verdict import Outcome
from codex_lsp.models.templates import comment_line
from codex_lsp.types import Candidate

TARGETS = {"javascript": "js", "typescript": "ts"}
"""LSP language identifiers, and the names that toolchains have for them."""
NAMES = {"javascript": "JavaScript", "typescript": "TypeScript"}
CANDIDATES = 8
_CHECKS = 24


async def translate(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Translate the function at the cursor to `request.target_language`.

    Raises:
        AssistRefused: There is no function, it is a method, the language is not known, or there is no model.
        ModelError: The model failed.
        SandboxUnavailable: A sandbox that was there could not be started.
    """
    function = function_at(request.document.text, request.offset)
    target = _target(request, function)
    if bench.model is None:
        raise AssistRefused(f"translating `{function.name}` needs a model; set `model`, or `endpoint.url`")
    sandbox, why_not = await _sandbox(request, bench)
    checks = await _checks(request, bench, function, sandbox)
    runner: TranslationRunner | None = None
    if sandbox is not None:
        try:
            runner = TranslationRunner(
                sandbox=sandbox,
                toolchain=await asyncio.to_thread(find_toolchain, TARGETS[target]),
                node=await asyncio.to_thread(find_node),
                name=script_name(function.name),
                checks=checks,
            )
        except (UsageError, AssistRefused) as error:
            why_not = str(error)
    if not checks and not why_not:
        why_not = f"no call of `{function.name}` has plain values that {NAMES[target]} knows"
    typed = target == "typescript"
    held = _Held(runner=runner if checks else None, why_not=why_not, checks=checks, typed=typed)
    found = await _tried(request, bench, function, held)
    return _result(request, function, target, found, checks)


def _target(request: AssistRequest, function: PythonFunction) -> str:
    target = request.target_language or ""
    if not target:
        raise AssistRefused(f"translating needs a language; say {' or '.join(TARGETS)}")
    if target not in TARGETS:
        raise AssistRefused(f"`{target}`: functions are translated to {' or '.join(TARGETS)}; name one of them")
    if function.is_method:
        raise AssistRefused(
            f"`{function.qualname}` belongs to a class; only functions of a module are translated, move it out first"
        )
    return target


async def _sandbox(request: AssistRequest, bench: Workbench) -> tuple[Sandbox | None, str]:
    if not request.trusted:
        return None, "the workspace is not trusted"
    try:
        return await asyncio.to_thread(bench.find_sandbox), ""
    except SandboxUnavailable as error:
        return None, str(error)


async def _checks(
    request: AssistRequest, bench: Workbench, function: PythonFunction, sandbox: Sandbox | None
) -> tuple[ScriptCheck, ...]:
    """What the translation must do: as the author says, and where it may be run, as the original does."""
    text = request.document.text
    try:
        cases = author_cases(subject_of(function, text))
        said = [(case.call, case.expected) for case in cases if case.expected is not None and not case.loose]
        raised: list[str] = []
        if sandbox is not None:
            calls = await asyncio.to_thread(calls_of, function, text, request.seed)
            project = await asyncio.to_thread(project_of, request, bench)
            seen = await observed(sandbox, project, function, calls)
            own = {error.name for error in facts_of(function).raises}
            said, raised = seen.returned, [call for call, name in seen.raised if name in own]
    except AssistRefused:
        return ()
    found = [_check(call, value, function) for call, value in said]
    found += [_throwing(call, function) for call in raised]
    return tuple(dict.fromkeys(check for check in found if check is not None))[:_CHECKS]


def _check(call: str, value: str, function: PythonFunction) -> ScriptCheck | None:
    translated = script_call(call, function)
    try:
        expected = script_literal(ast.literal_eval(value))
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return None
    return None if translated is None or expected is None else ScriptCheck(call=translated, expected=expected)


def _throwing(call: str, function: PythonFunction) -> ScriptCheck | None:
    translated = script_call(call, function)
    return None if translated is None else ScriptCheck(call=translated, expected=None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What translations of a function are held against, and how; `why_not` where they are not run."""

    runner: TranslationRunner | None
    why_not: str
    checks: tuple[ScriptCheck, ...]
    typed: bool


async def _tried(request: AssistRequest, bench: Workbench, function: PythonFunction, held: _Held) -> list[Translation]:
    """Translations with their verdicts, until one holds everything, or time is up; one alone where none is run."""
    asked = await _asked(request, bench, function)
    assert bench.model is not None  # noqa: S101 - asked before
    count = CANDIDATES if held.runner is not None else 1
    params = asked.params(n=count, seed=request.seed, greedy_first=True)
    found: list[Translation] = []
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(bench.settings.assist.timeout_s),
            aclosing(sample_candidates(bench.model, asked.prompt, params)) as candidates,
        ):
            async for candidate in candidates:
                code = translated_code(asked, candidate.text, opening(function, typed=held.typed))
                if not code or any(each.code == code for each in found):
                    continue
                found.append(await _judged(candidate, code, held))
                bench.tell(f"translation {len(found)}", 100 * len(found) // count)
                if found[-1].outcome == Outcome.PASSED:
                    break
    return sorted(found, key=lambda each: (-each.held, -(mean_logprob(each.candidate) or 0.0)))


async def _asked(request: AssistRequest, bench: Workbench, function: PythonFunction) -> AskedPrompt:
    target = request.target_language or ""
    assert bench.model is not None  # noqa: S101 - asked before
    capabilities = await bench.model.capabilities()
    lines = without_docstring(request.document.text, function).splitlines()
    fields = {
        "name": function.name,
        "source": function.source.rstrip(),
        "target": NAMES[target],
        "opening": opening(function, typed=target == "typescript"),
        "commented": "\n".join(comment_line(line, target).rstrip() for line in ("Python:", *lines)),
        "comment": comment_line(f"{NAMES[target]}:", target),
    }
    return prompt_for(AssistKind.TRANSLATE, fields, chat=capabilities.chat, language=target)


async def _judged(candidate: Candidate, code: str, held: _Held) -> Translation:
    if held.runner is None:
        return Translation(candidate=candidate, code=code, outcome=NOT_RUN, detail=held.why_not, held=0)
    failures, ended = await held.runner.run(code)
    count = len(held.checks) - len(failures)
    if not failures:
        made = Translation(candidate=candidate, code=code, outcome=Outcome.PASSED, detail="", held=count)
        complaint = await held.runner.complaint_of_tests(code)
        wrong = dataclasses.replace(
            made, outcome=Outcome.FAILED, detail=f"its file of tests does not pass: {complaint}"
        )
        return wrong if complaint else made
    first = min(failures)
    said = f"{held.checks[first].call} {failures[first]}, not {held.checks[first].expected or 'throwing'}"
    if not count and failures[first] == NOT_REACHED:
        said = f"it cannot be run {_complaint(ended.stderr)}".rstrip()
    outcome = Outcome.TIMED_OUT if ended.timed_out else Outcome.FAILED
    detail = f"{count} of {len(held.checks)} checks hold; {said}"
    return Translation(candidate=candidate, code=code, outcome=outcome, detail=detail, held=count)


def _complaint(stderr: bytes) -> str:
    """The line that names what is wrong, in brackets; empty where there is none."""
    lines = stderr.decode(errors="replace").splitlines()
    return next((f"({line.strip()})" for line in lines if "Error: " in line or "error TS" in line), "")


def _result(
    request: AssistRequest,
    function: PythonFunction,
    target: str,
    found: list[Translation],
    checks: tuple[ScriptCheck, ...],
) -> AssistResult:
    best = found[0] if found else None
    where = f"`{function.name}` in {NAMES[target]}"
    if best is None:
        message = f"the model wrote nothing that could be {where}; try another `model`"
        return AssistResult(kind=AssistKind.TRANSLATE, message=message)
    offered = best.outcome in (Outcome.PASSED, NOT_RUN)
    message = {
        Outcome.PASSED: f"{where}: all {len(checks)} checks that were translated with it hold, "
        "and so do they in their file of tests",
        NOT_RUN: f"{where}: not run, since {best.detail}",
    }.get(best.outcome, f"{where}: no translation holds all checks; the best: {best.detail}")
    return AssistResult(
        kind=AssistKind.TRANSLATE,
        message=message,
        edits=file_edits(request, script_name(function.name), best, checks, typed=target == "typescript")
        if offered
        else (),
        verdicts=(*(_verdict(each, kept=each is best and offered) for each in found), *_of_tests(best, checks)),
        report=report_of(function, target, best, checks, message),
        figures={"candidates": len(found), "checks": len(checks), "held": best.held},
    )


def _of_tests(best: Translation, checks: Sequence[ScriptCheck]) -> Iterator[AssistVerdict]:
    """The verdict of the file of tests that is offered."""
    if checks and best.outcome in (Outcome.PASSED, NOT_RUN):
        said = best.detail or "run with `node --test`"
        yield AssistVerdict(name=f"its {len(checks)} tests", outcome=best.outcome, detail=said, kept=True)


def _verdict(each: Translation, *, kept: bool) -> AssistVerdict:
    return AssistVerdict(
        name=f"translation {each.candidate.index + 1}",
        outcome=each.outcome,
        detail=each.detail,
        kept=kept,
        text=each.code,
        mean_logprob=mean_logprob(each.candidate),
    )
