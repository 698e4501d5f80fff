"""Runs calls of a module's function with node in the sandbox, and tells what each came to."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from codex_lsp.errors import AssistRefused
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import Job, Sandbox

_LIMITS = Limits(wall_s=20.0, cpu_s=20.0, memory_bytes=64 << 30, processes=64, disk_bytes=64 * MIB)
"""Node reserves far more address space than it uses."""
_MARK = "codex-lsp-call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptModule:
    """A module of a project that node can import.

    Attributes:
        path: Its file.
        root: Its project.
        masked: Secrets under the root.
        replaced: Its text where that is not saved.
        typed: It is TypeScript.
    """

    path: Path
    root: Path
    masked: tuple[Path, ...]
    replaced: Mapping[Path, bytes]
    typed: bool


def called(
    sandbox: Sandbox, module: ScriptModule, name: str, arguments: Sequence[str], *, default: bool
) -> list[dict[str, Any]]:
    """For each call, as far as they came, `value` as JSON text, `undefined`, `special` or `threw`.

    Args:
        sandbox: Where.
        module: What holds the function.
        name: Of the function.
        arguments: Of each call, a list in JSON.
        default: The module exports it as its default.

    Raises:
        SandboxUnavailable: It could not be started.
        AssistRefused: The module cannot be imported.
    """
    given = {"path": str(module.path), "typed": module.typed, "name": name, "isDefault": default, "mark": _MARK}
    calls = resources("codex_lsp.assist").joinpath("script_calls.mjs").read_bytes()
    program = f"const given = {json.dumps({**given, 'calls': list(arguments)})};\n".encode() + calls
    ended = run(sandbox, _job(module, (node(), "run.mjs"), {"run.mjs": program}))
    lines = ended.stdout.decode(errors="replace").splitlines()
    told = [json.loads(line.removeprefix(_MARK)) for line in lines if line.startswith(_MARK)]
    if not told and not ended.timed_out:
        said = [line for line in ended.stderr.decode(errors="replace").splitlines() if "Error" in line]
        why = said[0].strip() if said else "no reason given"
        raise AssistRefused(f"{module.path.name} cannot be imported by node ({why}); mend that first")
    return told


def passes(sandbox: Sandbox, module: ScriptModule, file: Path, text: str) -> bool:
    """Whether a file of tests passes with node's own runner, at its place."""
    shown = ScriptModule(
        path=module.path, root=module.root, masked=module.masked, typed=module.typed,
        replaced={**module.replaced, file: text.encode()},
    )  # fmt: skip
    return run(sandbox, _job(shown, (node(), "--test", str(file)), {})).exit.code == 0


def node() -> str:
    """The program.

    Raises:
        AssistRefused: There is none.
    """
    found = shutil.which("node")
    if found is None:
        raise AssistRefused("there is no `node` here to run tests of JavaScript with; install Node.js")
    return str(Path(found).resolve())


def _job(module: ScriptModule, command: tuple[str, ...], files: Mapping[str, bytes]) -> Job:
    home = Path(command[0]).parent.parent
    readable = (module.root,) if home in (Path("/usr"), Path("/")) else (module.root, home)
    return Job(
        command=command, files=files, readable=readable, masked=module.masked, replaced=module.replaced, limits=_LIMITS
    )
