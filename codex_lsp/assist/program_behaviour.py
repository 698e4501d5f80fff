"""What programs do with the same generated inputs: by message where a module stands alone, else by importing it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from codex_lsp.assist.clusters import Behaviour
from codex_lsp.assist.docstring_calls import Arguments
from codex_lsp.assist.drawn_arguments import drawn_arguments
from codex_lsp.assist.drawn_calls import SETUP, drawn_calls, gives_iterator
from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.literal_examples import is_plain, stands_alone
from codex_lsp.assist.project import Project
from codex_lsp.assist.study_request import study_request
from codex_lsp.assist.syntax_repairs import syntax_error
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.behaviour import behaviours
from codex_lsp.execution.cancellable import CancellableSandbox
from codex_lsp.execution.function_study import STUDY_LIMITS, Study, study_function
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.study_reading import Observation

INPUTS = 20
_LIMITS = Limits(wall_s=3.0)
_STUDY_LIMITS = replace(STUDY_LIMITS, wall_s=15.0, cpu_s=10.0)
_CALL_TIMEOUT_S = 0.2

Input = Arguments | str
"""Positional arguments of plain values; or a call, as an expression in the names of the module."""


def inputs_of(function: PythonFunction, text: str) -> tuple[Input, ...]:
    """Inputs for any function of a module with that text; the same ones each time.

    Raises:
        AssistRefused: It cannot be called with generated values.
    """
    if is_plain(function) and not gives_iterator(function) and function.returns != "None":
        return drawn_inputs(function)
    return drawn_calls(function, text, INPUTS)


def drawn_inputs(function: PythonFunction) -> tuple[Arguments, ...]:
    """Inputs for a function of a module, by its docstring's calls and its annotations; the same ones each time.

    Raises:
        AssistRefused: It cannot be called with generated values by itself.
    """
    prompt = f"{function.signature}\n    {function.docstring or ''!r}\n"
    inputs = drawn_arguments(prompt, function.name, INPUTS) if is_plain(function) else ()
    if not inputs:
        raise AssistRefused(
            f"`{function.qualname}` cannot be called with generated inputs by itself; add an example, or a test of it"
        )
    return inputs


class ProgramBehaviour:
    """Asks programs what one function of theirs does; made by `program_behaviour`."""

    def __init__(self, function: PythonFunction, project: Project, sandbox: Sandbox, grader: SandboxedGrader) -> None:
        """Ask for `function` of a module of `project`; `grader` lends the workers."""
        self._function = function
        self._project = project
        self._sandbox = sandbox
        self._grader = grader

    async def of(self, source: str, inputs: Sequence[Input]) -> Behaviour:
        """One line for each input, as `execution.behaviour` writes it, or as source text; the module has that text.

        Raises:
            SandboxUnavailable: A sandbox could not be started.
        """
        name = self._function.name
        if syntax_error(source) is not None:
            return ("error: SyntaxError",) * len(inputs)
        values = [each for each in inputs if not isinstance(each, str)]
        if len(values) == len(inputs) and stands_alone(source, self._function):
            return await asyncio.to_thread(behaviours, self._grader, source, name, values, _LIMITS)
        study = await self._studied(source, inputs)
        return tuple(map(_said, study.observations)) or (f"error: {study.error}",) * len(inputs)

    async def steady(self, source: str, inputs: Sequence[Input]) -> tuple[bool, ...]:
        """Of each input, whether it comes to the same in two processes that differ in hash seed and surroundings.

        Raises:
            SandboxUnavailable: A sandbox could not be started.
        """
        study = await self._studied(source, inputs)
        return tuple(each.stable for each in study.observations) or (False,) * len(inputs)

    async def _studied(self, source: str, inputs: Sequence[Input]) -> Study:
        name = self._function.name
        calls = tuple(each if isinstance(each, str) else f"{name}({', '.join(map(repr, each))})" for each in inputs)
        request = replace(
            study_request(self._project, self._function, calls),
            replaced={self._project.path: source.encode("utf-8", "surrogatepass")},
            setup=SETUP,
            limits=_STUDY_LIMITS,
            call_timeout_s=_CALL_TIMEOUT_S,
        )
        return await asyncio.to_thread(study_function, self._sandbox, request)


@asynccontextmanager
async def program_behaviour(
    function: PythonFunction, project: Project, sandbox: Sandbox
) -> AsyncGenerator[ProgramBehaviour]:
    """Ready to ask; everything it starts ends with it."""
    cancellable = CancellableSandbox(sandbox)
    grader = SandboxedGrader(2, sandbox=cancellable)
    try:
        yield ProgramBehaviour(function, project, cancellable, grader)
    finally:
        cancellable.end()
        await asyncio.to_thread(grader.close)


def _said(observation: Observation) -> str:
    if observation.outcome == "returned" and observation.value is not None and observation.stable:
        return observation.value
    return f"error: {observation.exception or observation.outcome}"
