"""Plugins of pytest that a project's tests need: loaded by name, as loading all that is installed takes seconds."""

import re
from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from codex_lsp.assist.project import Project

_NEEDED: Mapping[str, str] = {
    "pytest_asyncio.plugin": r"\basyncio_mode\b|mark\.asyncio\b|\bpytest_asyncio\b",
    "anyio.pytest_plugin": r"mark\.anyio\b|\banyio_backend\b",
    "pytest_mock": r"\bmocker\b",
    "pytest_httpx": r"\bhttpx_mock\b",
    "pytest_django.plugin": r"\bDJANGO_SETTINGS_MODULE\b|mark\.django_db\b",
    "pytest_timeout": r"mark\.timeout\b",
}


def plugin_options(texts: Iterable[str], project: Project) -> tuple[str, ...]:
    """Options of pytest that load what these texts (tests, `conftest.py`, settings) speak of and the project has."""
    said = "\n".join(texts)
    names = (name for name, pattern in _NEEDED.items() if re.search(pattern, said) and _is_installed(name, project))
    return tuple(option for name in names for option in ("-p", name))


def _is_installed(name: str, project: Project) -> bool:
    package = name.partition(".")[0]
    if not project.own_interpreter:
        return find_spec(package) is not None
    folders = (project.interpreter.parent.parent / "lib").glob("python*/site-packages")
    return any((folder / package).is_dir() or (folder / f"{package}.py").is_file() for folder in folders)
