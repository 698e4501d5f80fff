r"""Calls that a model thinks of: its inputs are used as inputs, its expected values not at all.

A model that is wrong about a value would raise a false alarm, and one that is right says what running tells anyway.
"""

from contextlib import aclosing
from itertools import islice

from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.assist.capability import least_share, measured_share
from codex_lsp.assist.case import Case, Origin
from codex_lsp.assist.derived_cases import plain
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.literal_calls import calls_written
from codex_lsp.assist.prompts import prompt_for
from codex_lsp.assist.subject import Subject
from codex_lsp.assist.workbench import Workbench
from codex_lsp.errors import ModelError
from codex_lsp.types import Capabilities

_ROWS, _MOST_CALLS = 4, 24


async def model_cases(subject: Subject, bench: Workbench, seed: int) -> tuple[Case, ...]:
    """The calls in a few answers of the model; none without one, or where it fails or is too weak."""
    if bench.model is None:
        return ()
    try:
        capabilities = await bench.capabilities()
        if capabilities is None or not _is_asked(capabilities):
            return ()
        fields = {"name": subject.function.name, "source": subject.function.source.strip("\n")}
        asked = prompt_for(AssistKind.TESTS, fields, chat=capabilities.chat)
        bench.tell("asking the model for cases", 10)
        calls: dict[str, None] = {}
        async with aclosing(sample_candidates(bench.model, asked.prompt, asked.params(n=_ROWS, seed=seed))) as rows:
            async for row in rows:
                said = asked.answer_of(row.text) if capabilities.chat else f"{subject.function.name}({row.text}"
                calls |= dict.fromkeys(calls_written(said, subject.function.name))
    except ModelError as error:
        # Derived cases are useful without it.
        bench.tell(f"the model gave no cases ({error})", None)
        return ()
    shaped = (plain(subject.shape.of_bare(call, subject.function.name)) for call in islice(calls, _MOST_CALLS))
    return tuple(Case(call=call, origin=Origin.MODEL) for call in shaped)


def _is_asked(capabilities: Capabilities) -> bool:
    """Whether a model is worth its time: by measurement, else where it follows instructions."""
    share = measured_share(capabilities.model, AssistKind.TESTS)
    return capabilities.chat if share is None else share >= least_share(AssistKind.TESTS)
