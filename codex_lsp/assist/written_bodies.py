"""What models are asked for a function's body, and the bodies in what they answer."""

import ast
import dataclasses
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from codex_lsp.assist.body_slot import BodySlot, body_slot, plain
from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.assist.function import PythonFunction, functions_in, parsed
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.prompts import AskedPrompt, prompt_for
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.workbench import Workbench
from codex_lsp.completion.truncate import shortened
from codex_lsp.context.indentation import indent_columns
from codex_lsp.errors import AssistRefused
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate, SamplingParams

MOST_BEFORE = 6000
"""Characters of a module's text before a function up to which a model is shown all of it."""
SMALL_CONTEXT = 4096
"""Tokens up to which a model is shown imports and no more: a small one says again what it has seen."""


def text_before(text: str, function: PythonFunction, *, most: int = MOST_BEFORE) -> str:
    r"""What a model is shown before a function: all that is there, or the module's imports and its classes' headers.

    Args:
        text: Of the module.
        function: In it.
        most: Characters up to which it is shown all.

    Returns:
        Text that ends in a line end, or is empty.
    """
    bare = plain(text).removeprefix("\ufeff")
    before = plain(text[: function.start]).removeprefix("\ufeff")
    if len(before) <= most:
        return before
    lines, last = bare.split("\n"), before.count("\n")
    shown: list[str] = []
    for node in parsed(text).body:
        if node.lineno <= last and isinstance(node, ast.Import | ast.ImportFrom):
            shown += lines[node.lineno - 1 : node.end_lineno]
    shown += ["", ""] if shown else []
    for node in _classes_around(parsed(text), function):
        shown += lines[node.lineno - 1 : node.body[0].lineno - 1]
    return "".join(f"{line}\n" for line in shown)


def _classes_around(tree: ast.Module, function: PythonFunction) -> list[ast.ClassDef]:
    """The classes that hold a function, outermost first."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.lineno < function.line <= (node.end_lineno or 0)
    ]


async def solutions(
    request: AssistRequest, bench: Workbench, function: PythonFunction, slot: BodySlot, *, distinct: bool = True
) -> AsyncGenerator[Candidate, None]:
    """As many bodies as the budget allows, of a model that is asked for a solution.

    Raises:
        ModelError: The model cannot tell what it can do.
    """
    model = _asked(bench)
    most = 0 if (await model.capabilities()).max_context <= SMALL_CONTEXT else MOST_BEFORE
    before = text_before(slot.text, function, most=most)
    fields = {"name": function.name, "before": before, "after": ""}
    return await bodies_asked(AssistKind.SOLVE, fields, slot, request, bench, distinct=distinct)


async def bodies_asked(
    kind: AssistKind,
    fields: Mapping[str, str],
    slot: BodySlot,
    request: AssistRequest,
    bench: Workbench,
    *,
    distinct: bool = True,
) -> AsyncGenerator[Candidate, None]:
    """As many bodies as the budget allows, of a model that is asked by an assist's prompt.

    Raises:
        ModelError: The model cannot tell what it can do.
    """
    model = _asked(bench)
    asked = asked_for_body(kind, fields, slot, chat=(await model.capabilities()).chat)
    params = asked.params(n=bench.settings.assist.budget, seed=request.seed, greedy_first=True)
    return written_bodies(model, asked, slot, params, distinct=distinct)


def _asked(bench: Workbench) -> LanguageModel:
    """The model, which may take seconds to load: told before."""
    if bench.model is None:
        raise AssistRefused("this needs a model; set `model`, or `endpoint.url`")
    bench.tell("asking the model", 0)
    return bench.model


async def written_bodies(
    model: LanguageModel,
    asked: AskedPrompt,
    slot: BodySlot,
    params: SamplingParams,
    *,
    distinct: bool = True,
) -> AsyncGenerator[Candidate, None]:
    """Bodies that a model writes, each as it ends: `insert` fits the slot, `kept` is what of the text it is.

    Iterate under `contextlib.aclosing`.

    Raises:
        ModelError: The model failed.
    """
    seen: set[str] = set()
    async with aclosing(sample_candidates(model, asked.prompt, params)) as candidates:
        async for candidate in candidates:
            body = _answered(candidate, asked, slot) if asked.chat else _continued(candidate, slot)
            identity = "" if body is None else _identity(body.insert)
            if body is not None and not (distinct and identity in seen):
                seen.add(identity)
                yield body


def asked_for_body(
    kind: AssistKind, fields: Mapping[str, str], slot: BodySlot, *, chat: bool, path: str | None = None
) -> AskedPrompt:
    """The prompt of an assist whose answers are bodies, with the fields that follow from the slot."""
    asked = prompt_for(kind, {"signature": slot.head.rstrip("\n"), **fields}, chat=chat, path=path)
    # A body ends where the text is no deeper than the signature is, wherever that stands.
    return asked if chat else dataclasses.replace(asked, stop_indent=indent_columns(slot.head.splitlines()[0]))


def _continued(candidate: Candidate, slot: BodySlot) -> Candidate | None:
    """A plain model goes on from the signature: up to the first line that is no deeper."""
    margin = indent_columns(slot.head.splitlines()[0])
    text, end = candidate.text, 0
    for line in text.splitlines(keepends=True):
        if line.strip() and indent_columns(line) <= margin:
            break
        end += len(line)
    kept = shortened(candidate, len(text[:end].rstrip()))
    body = slot.fitted(kept.insert)
    return dataclasses.replace(kept, insert=body) if body else None


def _answered(candidate: Candidate, asked: AskedPrompt, slot: BodySlot) -> Candidate | None:
    """A chat model answers with the whole function, among others perhaps: the body of the last of its name."""
    bodies = (_body_in(code, slot) for code in asked.blocks_of(candidate.text))
    body = next(filter(None, bodies), "")
    return dataclasses.replace(candidate, insert=body) if body else None


def _body_in(code: str, slot: BodySlot) -> str:
    try:
        found = [each for each in functions_in(code) if each.name == slot.name]
        return slot.fitted(body_slot(code, found[-1]).body) if found else ""
    except AssistRefused:
        return ""


def _identity(body: str) -> str:
    """Equal for bodies that differ in blanks and comments alone."""
    try:
        return ast.dump(ast.parse(f"if True:\n{body}\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return body
