"""Generate tests for JavaScript and TypeScript: the small form, with the project's runner, else node's own."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.script_cases import script_cases
from codex_lsp.assist.script_examples import ScriptCall, script_examples
from codex_lsp.assist.script_found import script_found, tests_said
from codex_lsp.assist.script_project import ScriptProject, script_project_of
from codex_lsp.assist.script_report import not_run_result, result_of
from codex_lsp.assist.script_run import Asked, ScriptSeen, observed
from codex_lsp.assist.script_runner import NODE_TEST, Node, find_node
from codex_lsp.assist.script_test_file import ScriptTarget
from codex_lsp.assist.script_tests_run import ScriptRun, passing_twice
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.writable import check_writable
from codex_lsp.context.document import Document
from codex_lsp.context.regular_file import exists
from codex_lsp.context.syntax_functions import NoGrammar, ScriptFunction, broken_line, script_function_at
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.sandbox import Sandbox


async def generate_script_tests(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Tests of the function under the cursor; where nothing may be run, its comment's examples, marked so.

    Raises:
        AssistRefused: There is no such function, node or grammar, or it cannot be tested; one line says what helps.
        SandboxUnavailable: A sandbox that was there could not be started.
    """
    function = _function(request)
    project = await asyncio.to_thread(script_project_of, request)
    document = await asyncio.to_thread(_tests_of, project, bench)
    before = document.text if document is not None else None
    target = ScriptTarget(function=function, text=request.document.text, project=project, before=before)
    if not request.trusted:
        return _not_run(target, document, "nothing is run in a workspace that is not trusted")
    node = await asyncio.to_thread(find_node)
    try:
        sandbox = await asyncio.to_thread(bench.find_sandbox)
    except SandboxUnavailable as error:
        if not await bench.may_run_unsandboxed():
            return _not_run(target, document, str(error))
        from codex_lsp.execution.unconfined import Unconfined  # noqa: PLC0415 - where there is no sandbox alone

        # What somebody wrote down is run then, and nothing that was drawn.
        work = _Work(target=target, node=node, sandbox=Unconfined(), confined=False)
        return await _tested(work, tuple(script_examples(function)), document, bench)
    cases = await asyncio.to_thread(script_cases, function, request.seed)
    return await _tested(_Work(target=target, node=node, sandbox=sandbox), cases, document, bench)


def _function(request: AssistRequest) -> ScriptFunction:
    text, language = request.document.text, request.document.language
    try:
        function = script_function_at(text, request.offset, language)
        broken = broken_line(text, language) if function is None or function.is_broken else None
    except NoGrammar as error:
        raise AssistRefused(f"there is no grammar of {error} here; run: pip install 'codex-lsp[languages]'") from error
    if broken is not None:
        raise AssistRefused(f"line {broken} does not parse; mend it first")
    if function is None:
        raise AssistRefused("the cursor is in no function of the module's top level; put it into one")
    if not function.export:
        raise AssistRefused(f"`{function.name}` is not exported, so that no test can call it; export it")
    if function.is_generator:
        raise AssistRefused(f"`{function.name}` is a generator, for which no tests are made; test what uses it")
    return function


def _tests_of(project: ScriptProject, bench: Workbench) -> Document | None:
    file = project.test_file
    check_writable(file, project.root)
    document = bench.read(file)
    if document is None and exists(file):
        raise AssistRefused(f"{file} cannot be read; make it a readable text file")
    return document


def _not_run(target: ScriptTarget, document: Document | None, why: str) -> AssistResult:
    function = target.function
    tests = tests_said(function, tuple(script_examples(function)), target.before or "")
    if not tests:
        raise AssistRefused(
            f"{why}; and the comment of `{function.name}` shows no call with its value that could be offered not run"
        )
    return not_run_result(replace(target, not_run=True), document, tests, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is run, and where."""

    target: ScriptTarget
    node: Node
    sandbox: Sandbox
    confined: bool = True

    async def seen(self, cases: Sequence[ScriptCall]) -> list[ScriptSeen]:
        """What calls came to, where it is the same each time.

        JavaScript is tried in node first, which is quick, and TypeScript by the project's runner, which knows it.
        """
        target, project = self.target, self.target.project
        rows = tuple(json.dumps(case.row) for case in cases)
        asked = Asked(
            name=target.function.name,
            export=target.function.export,
            arguments=rows,
            place=target.module,
            modern=target.modern,
        )
        refused: AssistRefused | None = None
        for by_runner in (True, False) if project.typed else (False, True):
            if by_runner and not (self.confined and project.runner.name != NODE_TEST and project.runner.is_installed):
                continue
            ask = partial(observed, project=project, node=self.node, asked=asked, by_runner=by_runner)
            try:
                once = await in_sandbox(self.sandbox, ask)
            except AssistRefused as error:
                refused = error if by_runner or refused is None else refused
                continue
            left = {each.at for each in once if each.endless}
            if by_runner or len(left) == len(once):
                return once
            again = replace(asked, arguments=tuple("null" if at in left else row for at, row in enumerate(rows)))
            same = {each.at: each for each in await in_sandbox(self.sandbox, partial(ask, asked=again))}
            return [each for each in once if each.endless or same.get(each.at) == each]
        assert refused is not None  # noqa: S101 - node is always tried
        raise refused


async def _tested(
    work: _Work, cases: Sequence[ScriptCall], document: Document | None, bench: Workbench
) -> AssistResult:
    target = work.target
    if not cases:
        raise AssistRefused(
            f"no call of `{target.function.name}` is known; show one in its comment, with what it gives"
        )
    bench.tell(f"running {len(cases)} calls", 20)
    found = script_found(target.function, cases, await work.seen(cases), target.before or "")
    ran = ScriptRun(kept=())
    if found.tests:
        bench.tell(f"running {len(found.tests)} tests twice with {target.project.runner.name}", 70)
        check = partial(passing_twice, target=target, node=work.node, tests=found.tests, in_place=work.confined)
        ran = await in_sandbox(work.sandbox, check)
    return result_of(target, document, found, ran)
