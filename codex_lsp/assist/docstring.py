"""Docstring: words of the model, sections read from the code, proven by the bodies that are written back from them.

Several docstrings are drawn. From the words of each, and the signature, the same model writes bodies; they run beside
the original on the same inputs. What else could say what the function does is kept from it: its name, its examples,
and the sections that we write. What the signature says by itself is measured with words that say nothing: a docstring
is offered only where its words brought back more than twice as many bodies that do the same.
"""

import asyncio
import dataclasses
import re
from collections.abc import Sequence
from contextlib import aclosing, suppress

from codex_lsp.assist.body_slot import body_slot
from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.assist.docstring_edit import docstring_edit, without_docstring
from codex_lsp.assist.docstring_proof import Proof, ranked
from codex_lsp.assist.docstring_style import DocstringStyle, Sections, docstring_text, sections_of, style_of
from codex_lsp.assist.docstring_words import example_sentences, says_something, sentences_of
from codex_lsp.assist.function import PythonFunction, function_at, functions_in
from codex_lsp.assist.function_facts import facts_of
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.observed import calls_of, observed
from codex_lsp.assist.project import Project, project_of
from codex_lsp.assist.prompts import prompt_for
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult, AssistVerdict, FileEdit
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import (
    MOST_BEFORE,
    SMALL_CONTEXT,
    asked_for_body,
    text_before,
    written_bodies,
)
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.completion.truncate import shortened
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.verdict import Outcome
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate

DOCSTRINGS, BODIES = 8, 8
"""Docstrings that are drawn, and bodies that are written from each."""
_NAMELESS = "this_function"
_NOTHING = "Do what is asked for."
"""Words that say nothing: what comes back from them, the signature says."""
_ENOUGH = 2
"""Docstrings that hold, after which no more are tried."""


async def write_docstring(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Write a docstring for the function at the cursor, or replace the one that it has.

    Raises:
        AssistRefused: There is no function, nothing may run, no model, or it cannot be called.
        ModelError: The model failed.
        SandboxUnavailable: The sandbox could not be started.
    """
    text = request.document.text
    function = function_at(text, request.offset)
    if not request.trusted:
        raise AssistRefused(
            f"a docstring of `{function.name}` is proven by running code, and the workspace is not trusted; "
            "trust it first"
        )
    if bench.model is None:
        raise AssistRefused(f"describing `{function.name}` needs a model; set `model`, or `endpoint.url`")
    project = await asyncio.to_thread(project_of, request, bench)
    work = _Work(request, bench, bench.model, function, project, await _sandbox(bench))
    await work.look()
    proofs: list[Proof] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(bench.settings.assist.timeout_s):
            drawn = await work.drawn()
            await work.look_at_signature()
            for number, candidate in enumerate(drawn):
                bench.tell(f"docstring {number + 1}", 100 * number // DOCSTRINGS)
                proof = await work.proven(candidate)
                proofs += [] if proof is None else [proof]
                if sum(each.holds for each in proofs) >= _ENOUGH:
                    break
    return _result(request, function, work.inputs, ranked(proofs))


async def _sandbox(bench: Workbench) -> Sandbox:
    try:
        return await asyncio.to_thread(bench.find_sandbox)
    except SandboxUnavailable as error:
        raise AssistRefused(
            f"a docstring is proven by running code of a model, which needs a sandbox: {error}"
        ) from error


class _Work:
    """One request: what all its docstrings share."""

    def __init__(
        self,
        request: AssistRequest,
        bench: Workbench,
        model: LanguageModel,
        function: PythonFunction,
        project: Project,
        sandbox: Sandbox,
    ) -> None:
        self._request, self._bench, self._model = request, bench, model
        self._function, self._project, self._sandbox = function, project, sandbox
        self._text = request.document.text
        self._style = _style(self._text, bench.settings.assist.docstring_style)
        self._sections = Sections()
        self._calls: tuple[str, ...] = ()
        self._unaided = 0

    @property
    def inputs(self) -> int:
        """How many inputs bodies are held against."""
        return len(self._calls)

    async def look(self) -> None:
        """Run the function as it is.

        Raises:
            AssistRefused: It cannot be called, or does nothing that can be compared.
        """
        calls = await asyncio.to_thread(calls_of, self._function, self._text, self._request.seed)
        seen = await observed(self._sandbox, self._project, self._function, calls)
        self._calls = tuple(calls[at] for at in seen.telling)
        if not self._calls:
            raise AssistRefused(
                f"no call of `{self._function.name}` could be made that says what it does; "
                "add an example to its docstring"
            )
        facts = facts_of(self._function)
        self._sections = sections_of(self._function, facts, example_sentences(self._function, seen))

    async def drawn(self) -> list[Candidate]:
        """Distinct docstrings' sentences (`insert`), as they came."""
        capabilities = await self._model.capabilities()
        fields = {"name": self._function.name, "source": without_docstring(self._text, self._function)}
        asked = prompt_for(AssistKind.DOCSTRING, fields, chat=capabilities.chat)
        found: dict[str, Candidate] = {}
        params = asked.params(n=DOCSTRINGS, seed=self._request.seed, greedy_first=True)
        async with aclosing(sample_candidates(self._model, asked.prompt, params)) as candidates:
            async for candidate in candidates:
                words, end = sentences_of(asked.answer_of(candidate.text))
                if words and says_something(words, self._function.source):
                    cut = dataclasses.replace(shortened(candidate, end), insert=words)
                    found.setdefault(words, cut)
        return list(found.values())

    async def look_at_signature(self) -> None:
        """Count the bodies that do the same though nothing was said in words."""
        self._unaided, _ = await self._alike(_NOTHING)

    async def proven(self, candidate: Candidate) -> Proof | None:
        """One docstring and the bodies that are written from its words; None where it cannot stand in the file."""
        docstring = docstring_text(candidate.insert, self._sections, self._style)
        edit = docstring_edit(self._text, self._function, docstring)
        if edit is None:
            return None
        alike, bodies = await self._alike(candidate.insert)
        return Proof(
            docstring=docstring, edit=edit, candidate=candidate, bodies=bodies, alike=alike, unaided=self._unaided
        )

    async def _alike(self, words: str) -> tuple[int, int]:
        """Of the bodies that are written from words, how many do the same; and how many there are."""
        edit = docstring_edit(self._text, self._function, words)
        if edit is None:
            return 0, 0
        sources = await self._bodies(self._text[: edit.start] + edit.text + self._text[edit.end :])
        distinct = tuple(dict.fromkeys(sources))
        seen = await observed(self._sandbox, self._project, self._function, self._calls, distinct)
        same = dict(zip(distinct, seen.alike, strict=True))
        return sum(same[source] for source in sources), len(sources)

    async def _bodies(self, text: str) -> list[str]:
        """Whole texts of the module with bodies that the model writes from signature and docstring."""
        function = next(each for each in functions_in(text) if each.start == self._function.start)
        slot = body_slot(text, function)
        capabilities = await self._model.capabilities()
        # A small model says again what it has seen before a function.
        before = text_before(text, function, most=0 if capabilities.max_context <= SMALL_CONTEXT else MOST_BEFORE)
        fields = {"name": _NAMELESS, "before": nameless(before, function.name), "after": ""}
        shown = dataclasses.replace(slot, head=nameless(slot.head, function.name))
        asked = asked_for_body(AssistKind.SOLVE, fields, shown, chat=capabilities.chat)
        params = asked.params(n=BODIES, seed=self._request.seed, greedy_first=True)
        async with aclosing(written_bodies(self._model, asked, shown, params, distinct=False)) as bodies:
            return [slot.filled(re.sub(rf"\b{_NAMELESS}\b", function.name, body.insert)) async for body in bodies]


def nameless(text: str, name: str) -> str:
    """A text in which a function is defined and called by a name that says nothing; words stay.

    >>> nameless("def add(a): ...  # to add: add(1)", "add")
    'def this_function(a): ...  # to add: this_function(1)'
    """
    return re.sub(rf"\b{re.escape(name)}\b(?=\s*\()", _NAMELESS, text)


def _style(text: str, wanted: str) -> DocstringStyle:
    return DocstringStyle(wanted) if wanted in list(DocstringStyle) else style_of(text) or DocstringStyle.GOOGLE


def _result(request: AssistRequest, function: PythonFunction, inputs: int, proofs: list[Proof]) -> AssistResult:
    name, bodies = function.name, sum(proof.bodies for proof in proofs)
    best = next((proof for proof in proofs if proof.holds), None)
    verdicts = tuple(_verdict(proof, inputs, kept=proof is best) for proof in proofs)
    figures: dict[str, float | None] = {"docstrings": len(proofs), "bodies": bodies, "inputs": inputs}
    if not proofs:
        message = f"the model wrote no sentence about `{name}`; try another `model`, the file is left as it is"
        return AssistResult(kind=AssistKind.DOCSTRING, message=message, figures=figures)
    if best is None:
        message = f"no docstring of `{name}` could be proven: {_why_not(proofs, inputs)}; the file is left as it is"
        return AssistResult(kind=AssistKind.DOCSTRING, message=message, verdicts=verdicts, figures=figures)
    said = f"{best.counted} on {inputs} inputs"
    edit = FileEdit(
        path=request.path,
        uri=request.document.uri,
        version=request.document.version,
        before=request.document.text,
        edits=(best.edit,),
        label=f"{'Add a' if function.docstring is None else 'Replace the'} docstring of {name}",
        description=said[0].upper() + said[1:],
    )
    return AssistResult(
        kind=AssistKind.DOCSTRING,
        message=f"docstring of `{name}`: {said}",
        edits=(edit,),
        verdicts=verdicts,
        figures={**figures, "alike": best.share, "unaided": best.unaided / best.bodies},
    )


def _why_not(proofs: Sequence[Proof], inputs: int) -> str:
    best = proofs[0]
    if not best.alike:
        bodies = sum(proof.bodies for proof in proofs)
        return f"of {bodies} bodies written back from {len(proofs)}, none does what it does on {inputs} inputs"
    return f"at best {best.counted}, which is not more than twice as many"


def _verdict(proof: Proof, inputs: int, *, kept: bool) -> AssistVerdict:
    return AssistVerdict(
        name=f"docstring {proof.candidate.index + 1}",
        outcome=Outcome.PASSED if proof.holds else Outcome.FAILED,
        detail=f"{proof.counted} on {inputs} inputs",
        kept=kept,
        text=proof.docstring,
        mean_logprob=mean_logprob(proof.candidate),
    )
