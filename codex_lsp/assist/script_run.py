"""Runs a module's function in node, or in the world of the project's runner, and the file of its tests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, cast

from codex_lsp.assist.script_outcomes import ScriptOutcomes, first_line, outcomes_in
from codex_lsp.assist.script_project import ScriptProject
from codex_lsp.assist.script_runner import REPORT, REPORTER, VITEST, Node
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, WORK_FOLDER, Job, Sandbox

_LIMITS = Limits(
    wall_s=120.0, cpu_s=60.0, memory_bytes=64 << 30, processes=128, disk_bytes=256 * MIB, output_bytes=4 * MIB
)
"""Node reserves far more address space than it uses; a compiler of TypeScript takes seconds, or many."""
_TOLD = f"{WORK_FOLDER}/told"
_MOST_ENDLESS = 2
_SPECIAL = ("NaN", "Infinity", "-Infinity")
# Whatever ends the program, what it wrote down comes out, over a descriptor that it does not have.
_SHELL = (
    'cd "$1"; told="$2"; shift 2; "$@" 3>&-; code=$?; '
    'for file in $told; do cat "$file"; echo; done >&3 2>/dev/null; exit "$code"'
)
_PARTS = {"fs": "node:fs", "processes": "node:child_process", "net": "node:net", "crypto": "node:crypto"}
_GIVEN_PARTS = "{ fs, processes, net, crypto, syncBuiltinESMExports, Worker, setTimeout, clearTimeout }"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSeen:
    """What one call came to.

    Attributes:
        at: Its number.
        value: What it gave as JSON, `undefined`, or a number that JSON has not; None where no text makes it again.
        threw: The name of what it threw; empty where it threw nothing.
        noted: What it did beside, as words; `unstable` where it asked a clock or chance.
        endless: It did not end.
    """

    at: int
    value: str | None = None
    threw: str = ""
    noted: frozenset[str] = frozenset()
    endless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Calls of one function.

    Attributes:
        name: Of the function.
        export: How the module exports it, as `ScriptFunction.export`.
        arguments: Of each call, a list in JSON.
        place: How a test names the module.
        modern: A test of it imports.
    """

    name: str
    export: str
    arguments: tuple[str, ...]
    place: str
    modern: bool


def observed(
    sandbox: Sandbox, project: ScriptProject, node: Node, asked: Asked, *, by_runner: bool
) -> list[ScriptSeen]:
    """What calls came to, as far as they were made; a call without end is left, and others are made.

    Args:
        sandbox: Where.
        project: Of the module.
        node: The program.
        asked: The calls.
        by_runner: In the world of the project's runner, which must be installed: its compiler, its names of modules.

    Raises:
        SandboxUnavailable: It could not be started.
        AssistRefused: The module cannot be imported, or what was told cannot be read.
    """
    seen: list[ScriptSeen] = []
    first, endless = 0, 0
    while first < len(asked.arguments) and endless < _MOST_ENDLESS:
        program = _in_runner if by_runner else _in_node
        ended = _run(sandbox, program(project, node, asked, first))
        told = _told(ended, project, len(asked.arguments))
        if not any("imported" in each for each in told):
            report = outcomes_in(b"".join(line for line in ended.reports.splitlines() if b'"testResults"' in line))
            raise AssistRefused(_why_not_imported(ended, report, project, node))
        seen += [_seen(each) for each in told if "at" in each]
        begun = max((each["begun"] for each in told if "begun" in each), default=-1)
        if begun < 0 or any(each.at == begun for each in seen):
            break
        seen.append(ScriptSeen(at=begun, endless=True))
        first, endless = begun + 1, endless + 1
    return seen


def outcomes(sandbox: Sandbox, project: ScriptProject, node: Node, file: Path | str, files: Mapping[str, bytes]) -> Run:
    """Run one file of tests with the project's runner; its report is in `Run.reports`.

    Args:
        sandbox: Where.
        project: Shows the file.
        node: The program.
        file: Of tests.
        files: More, for the work folder.

    Raises:
        SandboxUnavailable: It could not be started.
        AssistRefused: A file cannot be shown as it is to be.
    """
    reporter = resources("codex_lsp.assist").joinpath("script_reporter.mjs").read_bytes()
    command = project.runner.command(node, file)
    return _run(sandbox, _job(project, node, command, REPORT, {**files, REPORTER: reporter}))


def _run(sandbox: Sandbox, job: Job) -> Run:
    try:
        return run(sandbox, job, report_channel=FIRST_FREE_CHANNEL)
    except ValueError as error:
        raise AssistRefused(str(error)) from error


def _job(project: ScriptProject, node: Node, command: Sequence[str], told: str, files: Mapping[str, bytes]) -> Job:
    return Job(
        command=("/bin/sh", "-c", _SHELL, "sh", str(project.runner.folder), told, *command),
        files=files,
        readable=(project.root, *project.modules, *node.readable),
        masked=project.masked,
        replaced=project.replaced,
        limits=_LIMITS,
        environment={"CI": "1", "NO_COLOR": "1", **dict(project.runner.environment)},
    )


def _given(asked: Asked, first: int) -> str:
    given = {"name": asked.name, "isDefault": asked.export in ("default", "commonjs whole"), "first": first}
    given["mostLate"] = _MOST_ENDLESS
    return json.dumps({**given, "calls": asked.arguments})[:-1] + ", told: process.env.CODEX_LSP_TOLD}"


def _program() -> str:
    return resources("codex_lsp.assist").joinpath("script_calls.mjs").read_text(encoding="utf-8")


def _in_node(project: ScriptProject, node: Node, asked: Asked, first: int) -> Job:
    imports = "".join(f'import {name} from "{place}";\n' for name, place in _PARTS.items())
    imports += 'import { createRequire, syncBuiltinESMExports } from "node:module";\n'
    imports += 'import { Worker } from "node:worker_threads";\nimport { pathToFileURL } from "node:url";\n'
    path = json.dumps(str(project.path))
    if project.typed and not node.strips_types:
        made = "fs.writeFileSync(place, createRequire({0})('typescript').transpileModule(fs.readFileSync({0}, 'utf8'),"
        made += " {{compilerOptions: {{module: 'ESNext', target: 'ES2022'}}}}).outputText);"
        load = f"const place = process.env.CODEX_LSP_TOLD + '.mjs';\n{made.format(path)}\n"
    else:
        load = f"const place = {path};\n"
    load += "const module = await import(pathToFileURL(place));\n"
    call = f"codexLspObserve({_GIVEN_PARTS}, module, {_given(asked, first)})"
    program = f"{imports}{_program()}{load}await {call};\nprocess.exit(0);\n"
    job = _job(project, node, (str(node.path), f"{WORK_FOLDER}/run.mjs"), _TOLD, {"run.mjs": program.encode()})
    return _telling(job)


def _in_runner(project: ScriptProject, node: Node, asked: Asked, first: int) -> Job:
    """As a test at the place where the tests will be, so that the runner does with it as it will with them."""
    parts = {**_PARTS, "threads": "node:worker_threads", "nodeModule": "node:module"}
    if asked.modern:
        lines = [f'import {name} from "{place}";' for name, place in parts.items()]
        lines.append(f'import * as subject from "{asked.place}";')
    else:
        lines = [f'const {name} = require("{place}");' for name, place in (*parts.items(), ("subject", asked.place))]
    if project.runner.name == VITEST:
        lines.insert(0, 'import { test } from "vitest";')
    lines += ["const { Worker } = threads;", "const { syncBuiltinESMExports } = nodeModule;"]
    call = f"codexLspObserve({_GIVEN_PARTS}, subject, {_given(asked, first)})"
    text = "// @ts-nocheck\n" + "\n".join(lines) + f'\n{_program()}test("calls", () => {call}, 100000);\n'
    shown = replace(project, replaced={**project.replaced, project.test_file: text.encode()})
    return _telling(_job(shown, node, project.runner.command(node, project.test_file), f"{_TOLD} {REPORT}", {}))


def _telling(job: Job) -> Job:
    return replace(job, environment={**job.environment, "CODEX_LSP_TOLD": _TOLD})


def _told(ended: Run, project: ScriptProject, calls: int) -> list[dict[str, Any]]:
    """The lines that were written down, of so many calls.

    Raises:
        AssistRefused: One is none of ours.
    """
    found: list[dict[str, Any]] = []
    for line in ended.reports.splitlines():
        if not line or b'"testResults"' in line:
            continue
        try:
            said: object = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or not _is_ours(cast("dict[str, Any]", said), calls):
            raise AssistRefused(f"what running {project.path.name} told cannot be read; ask again")
        found.append(cast("dict[str, Any]", said))
    return found


def _is_ours(said: dict[str, Any], calls: int) -> bool:
    """Whether it is what `script_calls.mjs` writes: the module that runs beside it can write there too."""
    kinds = {"at": int, "begun": int, "value": str, "special": str, "threw": str, "noted": list}
    if not all(isinstance(said.get(name, kind()), kind) for name, kind in kinds.items()):
        return False
    try:
        json.loads(said.get("value") or "null")
    except (ValueError, RecursionError):
        return False
    special = said.get("special") in (None, *_SPECIAL)
    return special and all(0 <= said.get(name, 0) < calls for name in ("at", "begun"))


def _seen(said: dict[str, Any]) -> ScriptSeen:
    special = said.get("special")
    value = "undefined" if said.get("undefined") else said.get("value") or special
    noted = frozenset(str(each) for each in said.get("noted", ()))
    threw, late = said.get("threw", ""), bool(said.get("late"))
    return ScriptSeen(at=said["at"], value=value, threw=threw, noted=noted, endless=late)


def _why_not_imported(ended: Run, report: ScriptOutcomes | None, project: ScriptProject, node: Node) -> str:
    name = project.path.name
    if took_none(ended, report):
        return not_taken(project)
    if ended.timed_out or ended.exit.code is None:
        return f"importing {name} does not end in time; move what it does at once into a function"
    output = f"{ended.stderr.decode(errors='replace')}\n{ended.stdout.decode(errors='replace')}"
    why = (report.message if report is not None else "") or first_line(output) or "no reason given"
    if "Unexpected token 'export'" in why or "import statement outside a module" in why:
        return f'node takes {name} for no module; say "type": "module" in package.json, or name it .mjs'
    if project.typed and "typescript" in why and not node.strips_types:
        version = ".".join(map(str, node.version[:2]))
        return f"node {version} runs no TypeScript; install `typescript` or vitest in the project, or node 22.18"
    place = next(
        (line for line in output.splitlines() if line.startswith((f"file://{project.path}:", f"{project.path}:"))), ""
    )
    where = f" in line {place.rpartition(':')[2]}" if place.rpartition(":")[2].isdigit() else ""
    return f"{name} cannot be imported ({why}{where}); mend that first"


def took_none(ended: Run, report: ScriptOutcomes | None) -> bool:
    """Whether a runner takes the file for none of tests: vitest reports and complains of nothing, jest says so."""
    if report is None:
        return b"No tests found" in ended.stdout + ended.stderr
    return not report.files and not ended.stderr.strip()


def not_taken(project: ScriptProject) -> str:
    """That the runner's settings leave a file of tests out, and what helps."""
    runner, file = project.runner.name, project.test_file
    return f"{runner} takes {file} for no file of tests; create one where its settings look for them, and ask again"
