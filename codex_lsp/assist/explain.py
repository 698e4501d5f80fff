"""Explain: a document about a function. Facts are read from the code, examples are run; words only of able models."""

import asyncio
import logging
from contextlib import aclosing

from codex_lsp.assist.call_sites import Caller, callers_in, callers_of
from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.assist.capability import speaks
from codex_lsp.assist.docstring_edit import without_docstring
from codex_lsp.assist.explanation import Explanation, explanation_text
from codex_lsp.assist.function import PythonFunction, function_at
from codex_lsp.assist.function_facts import facts_of
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.observed import Observed, calls_of, observed
from codex_lsp.assist.project import project_of
from codex_lsp.assist.prompts import prompt_for
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import NOT_RUN, AssistResult, AssistVerdict
from codex_lsp.assist.workbench import Workbench
from codex_lsp.errors import AssistRefused, ModelError, SandboxUnavailable
from codex_lsp.execution.verdict import Outcome

_LOGGER = logging.getLogger(__name__)
_EXAMPLES = 8


async def explain(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Write a document about the function at the cursor; without a model and without a sandbox it is shorter.

    Raises:
        AssistRefused: There is no function at the cursor, or the file does not parse.
    """
    function = function_at(request.document.text, request.offset)
    bench.tell(f"reading what calls {function.name}", None)
    callers = await asyncio.to_thread(_callers, request, bench, function)
    bench.tell(f"running {function.name}", None)
    seen, why_not = await _seen(request, bench, function)
    words, model = await _words(request, bench, function)
    explanation = Explanation(
        function=function,
        facts=facts_of(function),
        path=request.path.name if request.path is not None else "the document",
        callers=callers,
        returned=tuple(seen.returned[:_EXAMPLES]) if seen is not None else (),
        raised=tuple(seen.raised[: _EXAMPLES // 2]) if seen is not None else (),
        changes_arguments=seen is not None and any(seen.seen[at].changed_arguments for at in seen.telling),
        not_run=why_not,
        words=words,
        model=model,
    )
    outcome = NOT_RUN if seen is None else Outcome.PASSED
    ran = AssistVerdict(name="examples", outcome=outcome, detail=why_not, kept=True)
    how = "with the model's words" if words else "from its code" if seen is None else "from its code and by running it"
    return AssistResult(
        kind=AssistKind.EXPLAIN,
        message=f"`{function.qualname}` explained {how}",
        verdicts=(ran,),
        report=explanation_text(explanation),
        figures={"callers": len(callers), "examples": len(explanation.returned) + len(explanation.raised)},
    )


def _callers(request: AssistRequest, bench: Workbench, function: PythonFunction) -> tuple[Caller, ...]:
    """In the document itself; in other files of the project only where they may be read."""
    name = request.path.name if request.path is not None else "the document"
    here = tuple(callers_in(request.document.text, name, function, own=True))
    if not request.trusted or request.path is None:
        return here
    project = project_of(request, bench)
    return here + callers_of(function, project.path, project.root, bench.read)


async def _seen(request: AssistRequest, bench: Workbench, function: PythonFunction) -> tuple[Observed | None, str]:
    """What it does on examples; None and a reason where it is not run. The rest of the document stands without."""
    if not request.trusted:
        return None, "the workspace is not trusted"
    try:
        calls = await asyncio.to_thread(calls_of, function, request.document.text, request.seed)
        project = await asyncio.to_thread(project_of, request, bench)
        sandbox = await asyncio.to_thread(bench.find_sandbox)
        return await observed(sandbox, project, function, calls), ""
    except (AssistRefused, SandboxUnavailable) as error:
        return None, str(error)


async def _words(request: AssistRequest, bench: Workbench, function: PythonFunction) -> tuple[str, str]:
    """The model's own words and its name; none where it was not measured to get such words right, or fails."""
    if bench.model is None:
        return "", ""
    try:
        capabilities = await bench.capabilities()
        if capabilities is None or not speaks(capabilities):
            return "", ""
        bench.tell(f"asking {capabilities.model}", None)
        return await words_of(request, bench, function), capabilities.model
    except ModelError as error:
        _LOGGER.warning("no words on %s: %s", function.qualname, error)
        return "", ""


async def words_of(request: AssistRequest, bench: Workbench, function: PythonFunction) -> str:
    """What the model says of a function, unchecked.

    Raises:
        ModelError: The model failed.
    """
    assert bench.model is not None  # noqa: S101 - asked before
    capabilities = await bench.model.capabilities()
    try:
        source = without_docstring(request.document.text, function) if not capabilities.chat else function.source
    except AssistRefused:
        source = function.source
    asked = prompt_for(AssistKind.EXPLAIN, {"name": function.name, "source": source}, chat=capabilities.chat)
    params = asked.params(n=1, seed=request.seed, greedy_first=True)
    async with aclosing(sample_candidates(bench.model, asked.prompt, params)) as candidates:
        async for candidate in candidates:
            answer = asked.answer_of(candidate.text).strip()
            return answer if asked.chat else _uncommented(answer)
    return ""


def _uncommented(text: str) -> str:
    """Lines of comments as text, up to the first line that is none."""
    lines: list[str] = []
    for at, line in enumerate(text.splitlines()):
        if at and not line.lstrip().startswith("#"):
            break
        lines.append(line.strip().lstrip("#").strip())
    return "\n".join(lines).strip()
