"""A problem's text from a draft and its examples, in one of the many ways people lay a function out."""

import re
import textwrap
from collections.abc import Sequence
from random import Random

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.draft import Draft
from codex_lsp.training.exercises.observing import Example
from codex_lsp.training.problem import Problem

SOURCE = "exercises"
MAX_CHECKS = 8
_TYPING = re.compile(r"\b(List|Dict|Tuple|Optional|Set|Any|Union)\b")
_IMPORT = re.compile(r"(?:import|from) .*\n")
_INDENT = "    "


def write_problem(draft: Draft, examples: Sequence[Example], number: int, random: Random) -> Problem:
    """The problem, with some of the examples shown and others kept as checks."""
    imports, body = _hoisted(draft.bodies[0], random)
    annotated = _annotation(random)
    signature = _signature(draft, annotated)
    heading = sorted({*imports, *_typing_imports(signature, annotated)})
    prompt = "\n".join(heading) + ("\n\n\n" if heading else "") + signature
    shown = _shown(examples, random)
    prompt += _docstring(draft, shown, random)
    if chance(random, 0.5) and '"' not in body:
        body = body.replace("'", '"')
    return Problem(
        task_id=f"{SOURCE}/{draft.family}/{number}",
        prompt=prompt,
        entry_point=draft.name,
        canonical_solution=textwrap.indent(body, _INDENT) + "\n",
        test=_test(examples, random),
        source=SOURCE,
        family=draft.family,
    )


def _hoisted(body: str, random: Random) -> tuple[list[str], str]:
    """The imports that a body begins with, when they go to the top of the file, and the rest."""
    imports: list[str] = []
    rest = body + "\n"
    while match := _IMPORT.match(rest):
        imports.append(match.group(0).strip())
        rest = rest[match.end() :]
    if chance(random, 0.6):
        return imports, rest.rstrip("\n")
    return [], body


def _annotation(random: Random) -> str:
    """How the signature is annotated: not at all, with `typing`, or with the built-in generics."""
    return random.choices(["none", "typing", "builtin"], [0.58, 0.3, 0.12])[0]


def _signature(draft: Draft, annotated: str) -> str:
    if annotated == "none":
        return f"def {draft.name}({', '.join(parameter.name for parameter in draft.parameters)}):\n"
    parameters = ", ".join(f"{parameter.name}: {parameter.type}" for parameter in draft.parameters)
    signature = f"def {draft.name}({parameters}) -> {draft.returns}:\n"
    if annotated == "builtin":
        return re.sub(r"\b(List|Dict|Tuple|Set)\b", lambda match: match.group(0).lower(), signature)
    return signature


def _typing_imports(signature: str, annotated: str) -> list[str]:
    names = sorted(set(_TYPING.findall(signature)))
    return [f"from typing import {', '.join(names)}"] if names and annotated != "none" else []


def _shown(examples: Sequence[Example], random: Random) -> list[Example]:
    """Examples for the docstring, short ones, more often than not with different results."""
    short = [example for example in examples if len(repr((example.arguments, example.result))) < 90]  # noqa: PLR2004
    count = random.choices([0, 1, 2, 3, 4], [0.14, 0.2, 0.3, 0.26, 0.1])[0]
    random.shuffle(short)
    chosen: list[Example] = []
    for example in short:
        if len(chosen) < count and all(repr(example.result) != repr(other.result) for other in chosen):
            chosen.append(example)
    return chosen


def _docstring(draft: Draft, shown: Sequence[Example], random: Random) -> str:
    quotes = '"""' if chance(random, 0.87) or "'" in draft.sentences else "'''"
    text = draft.sentences
    width = random.choice([72, 80, 88, 100, 1000])
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    examples = _examples(draft, shown, random)
    opening = random.choices([quotes, f"{quotes} ", f"{quotes}\n{_INDENT}"], [0.5, 0.18, 0.32])[0]
    if not examples and len(lines) == 1 and "\n" not in opening and chance(random, 0.6):
        return f"{_INDENT}{opening}{lines[0]}{quotes}\n"
    body = [*lines, *(["", *examples] if examples and chance(random, 0.6) else examples)]
    inner = "\n".join(f"{_INDENT}{line}".rstrip() for line in body).removeprefix(_INDENT)
    return f"{_INDENT}{opening}{inner}\n{_INDENT}{quotes}\n".replace("\\", "\\\\")


def _examples(draft: Draft, shown: Sequence[Example], random: Random) -> list[str]:
    if not shown:
        return []
    calls = [(f"{draft.name}({_arguments(example)})", repr(example.result)) for example in shown]
    if chance(random, 0.52):
        heading = random.choice(["", "", "", "Example:", "Examples:", ">>>"])
        lines = [line for call, result in calls for line in (f">>> {call}", result)]
        return ([heading] if heading.endswith(":") else []) + lines
    if len(calls) == 1 and chance(random, 0.6):
        call, result = calls[0]
        return [random.choice([f"For example, {call} returns {result}.", f"For example: {call} == {result}"])]
    sign = random.choice(["==", "==", "==", "->", "=>", "=", "returns", "should return"])
    heading = random.choice(["Example:", "Examples:", "For example:", "For example,", ""])
    indent = random.choice(["", "", "    ", "- ", "* "])
    return ([heading] if heading else []) + [f"{indent}{call} {sign} {result}" for call, result in calls]


def _arguments(example: Example) -> str:
    return ", ".join(map(repr, example.arguments))


def _test(examples: Sequence[Example], random: Random) -> str:
    """The checks: those examples first whose results differ, so that no constant passes."""
    first: dict[str, Example] = {}
    for example in examples:
        first.setdefault(repr(example.result), example)
    kept = [*first.values()][:MAX_CHECKS]
    kept += [example for example in examples if example not in kept][: max(0, MAX_CHECKS - len(kept))]
    random.shuffle(kept)
    return "def check(candidate):\n" + "".join(f"{_INDENT}{_assertion(example)}\n" for example in kept)


def _assertion(example: Example) -> str:
    call = f"candidate({_arguments(example)})"
    if isinstance(example.result, float):
        return f"assert abs({call} - {example.result!r}) < 1e-6"
    if isinstance(example.result, bool) or example.result is None:
        return f"assert {call} is {example.result!r}"
    return f"assert {call} == {example.result!r}"
