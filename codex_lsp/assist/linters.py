"""What a linter of the project's own environment says of a file, run in the sandbox on the text that is meant."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from codex_lsp.assist.project import Project
from codex_lsp.execution.interpreter import python_environment
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import Job, Sandbox

Findings = Counter[tuple[str, str]]
"""Codes and messages, without their places, and how often each is said."""

_LIMITS = Limits(wall_s=20.0, cpu_s=20.0, memory_bytes=2048 * MIB)
_PYFLAKES = re.compile(r"^.+?:\d+:\d+:? (?P<message>.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linter:
    """One tool.

    Attributes:
        program: Its file in the environment's folder of programs; `python` for one that is a module.
        arguments: Before the file.
        read: Findings from what it prints; raises ValueError where that is nothing it would print.
    """

    program: str
    arguments: tuple[str, ...]
    read: Callable[[str], Findings]


def linter_of(source: str, project: Project) -> Linter | None:
    """The linter that a diagnostic's source names, where the project's environment has it."""
    linter = _LINTERS.get(source.lower())
    folder = project.interpreter.parent
    if linter is None or not project.own_interpreter:
        return None
    if linter.program != "python":
        return linter if (folder / linter.program).is_file() else None
    return linter if any((folder.parent / "lib").glob("python*/site-packages/pyflakes")) else None


def findings(sandbox: Sandbox, linter: Linter, project: Project, text: str) -> Findings | None:
    """What it says of the file with that text; None where it does not do its work. Blocks.

    Raises:
        SandboxUnavailable: The sandbox could not be made; nothing was run.
    """
    program = project.interpreter if linter.program == "python" else project.interpreter.parent / linter.program
    job = Job(
        command=(str(program), *linter.arguments, str(project.path)),
        limits=_LIMITS,
        readable=project.readable,
        masked=project.masked,
        replaced={project.path: text.encode("utf-8", "surrogatepass")},
        environment={**python_environment(project.interpreter), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    ended = run(sandbox, job)
    try:
        return linter.read(ended.stdout.decode(errors="replace"))
    except (ValueError, KeyError, TypeError):
        return None


def _ruff(printed: str) -> Findings:
    said: list[dict[str, Any]] = json.loads(printed)
    return Counter((str(each["code"]), str(each["message"])) for each in said)


def _pyflakes(printed: str) -> Findings:
    matches = (_PYFLAKES.match(line) for line in printed.splitlines())
    return Counter(("", match["message"]) for match in matches if match is not None)


_LINTERS: Mapping[str, Linter] = {
    "ruff": Linter(
        program="ruff",
        arguments=("check", "--no-cache", "--no-fix", "--exit-zero", "--quiet", "--output-format", "json"),
        read=_ruff,
    ),
    "pyflakes": Linter(program="python", arguments=("-m", "pyflakes"), read=_pyflakes),
}
