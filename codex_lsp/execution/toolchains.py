"""What compiles and runs a program of each language, and what of it is missing here; `toolchains.toml` says how."""

import os
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from codex_lsp.errors import UsageError
from codex_lsp.execution.program_paths import find_program, program_paths

_TABLE = Path(__file__).with_suffix(".toml")
_PROBE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """How a program of one language is run here.

    Attributes:
        language: LSP language identifier.
        file: Name that the program's file must have.
        command: What compiles and runs it, in its folder.
        readable: Places the tools need beside the system's own.
    """

    language: str
    file: str
    command: tuple[str, ...]
    readable: tuple[Path, ...] = ()


def known_languages() -> dict[str, dict[str, Any]]:
    """What is known of each language, by MultiPL-E's name of it."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def find_toolchain(language: str) -> Toolchain:
    """How a program of a language is run here.

    Args:
        language: MultiPL-E's name of it, for example `js`.

    Raises:
        UsageError: The language is unknown, or a tool or library of it is missing; the message names it.
    """
    known = known_languages()
    if language not in known:
        raise UsageError(f"language `{language}`: no way to run it is known; one of {', '.join(known)} is")
    recipe = known[language]
    places = {tool: _place(language, tool, recipe) for tool in recipe["tools"]}
    if "probe" in recipe:
        first = places[recipe["tools"][0]]
        if _output(first, recipe["probe"]) is None:
            raise UsageError(f"language `{language}`: {recipe['library']} is missing; install {recipe['install']}")
    jars = tuple(_jars()) if "jar" in recipe else ()
    if "jar" in recipe and not any(recipe["jar"] in jar.name for jar in jars):
        raise UsageError(f"language `{language}`: {recipe['jar']} is missing; name its jar in CLASSPATH")
    script = recipe["script"].format(
        **{tool: str(place) for tool, place in places.items()}, jars="".join(f"{os.pathsep}{jar}" for jar in jars)
    )
    beside = [place for pattern in recipe.get("readable", ()) for place in Path("/").glob(pattern.removeprefix("/"))]
    return Toolchain(
        language=recipe["language"],
        file=recipe["file"],
        command=("sh", "-c", script),
        readable=tuple(
            dict.fromkeys((*chain.from_iterable(map(program_paths, places.values())), *jars, *sorted(beside)))
        ),
    )


def _place(language: str, tool: str, recipe: dict[str, Any]) -> Path:
    """Where a tool really lies: links through places that a sandbox does not have would lead nowhere.

    Raises:
        UsageError: It is not there.
    """
    found = find_program(tool)
    if found is None:
        raise UsageError(f"language `{language}`: there is no `{tool}` here; install {recipe['install']}")
    if "prefix" in recipe:
        prefix = _output(Path(found), recipe["prefix"])
        if prefix is not None and (Path(prefix) / "bin" / tool).exists():
            return Path(prefix) / "bin" / tool
    return Path(found).resolve()


def _jars() -> Iterator[Path]:
    """What `CLASSPATH` names: MultiPL-E's Java needs javatuples."""
    for name in os.environ.get("CLASSPATH", "").split(os.pathsep):
        if name.endswith(".jar") and Path(name).is_file():
            yield Path(name).resolve()


def _output(tool: Path, arguments: Sequence[str]) -> str | None:
    """What a tool prints; None where it fails."""
    try:
        done = subprocess.run([tool, *arguments], capture_output=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
