"""How layers of settings are put over each other, and where they are read from.

Weakest first: defaults, user file, workspace file, editor, environment, flags. What is wrong in a layer is told by
name, and the rest of it applies.
"""

import dataclasses
import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from operator import attrgetter
from pathlib import Path, PurePath
from typing import Any, cast

from codex_lsp.config import API_KEY_VARIABLE, ENVIRONMENT_PREFIX, SettingDescription, Settings, describe
from codex_lsp.errors import SettingsError

OTHER_VARIABLES = (API_KEY_VARIABLE, "CODEX_LSP_BENCHMARKS", "CODEX_LSP_UPDATE_SCREENSHOTS")
"""Variables with the prefix that are no settings."""
MAX_SHOWN = 80
MAX_DEPTH = 8


class Source(StrEnum):
    """Where a layer of settings comes from; it decides what the layer may set."""

    USER_FILE = "user file"
    WORKSPACE_FILE = "workspace file"
    EDITOR = "editor settings"
    ENVIRONMENT = "environment"
    FLAG = "flag"


def merge(settings: Settings, layer: Mapping[str, Any], source: Source) -> tuple[Settings, list[str]]:
    """Put a layer (nested or dotted keys) over `settings`.

    Returns:
        The new settings, and one line for each entry that was not taken: unknown, ill-typed, out of range, or not
        for this source to set. The rest of the layer applies.
    """
    known = {item.name: item for item in describe()}
    problems: list[str] = []
    for name, value in _flatten(layer, set(known)):
        if name not in known:
            problems.append(f"{source}: `{_one_line(name)}`: unknown setting{_nearest(name, known)}")
            continue
        item = known[name]
        if item.machine and not item.adds and source is Source.WORKSPACE_FILE:
            problems.append(f"{source}: `{name}`: a workspace may not set it; set it in your user settings")
            continue
        checked, problem = _checked(item, value)
        if problem is not None:
            problems.append(f"{source}: `{name}`: {problem}; {item.default!r} is the default")
            if not item.adds:
                continue
            # What can be read of it holds all the same: a slip must not show a model what was to be left out.
            checked = _strings_in(value)
        if item.adds:
            checked = tuple(dict.fromkeys((*attrgetter(name)(settings), *checked)))
        settings = _replaced(settings, name.split("."), checked)
    return settings, problems


def _strings_in(value: Any) -> list[str]:
    entries = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
    return [entry for entry in entries if isinstance(entry, str) and entry]


def _flatten(layer: Mapping[str, Any], leaves: set[str], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in layer.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and name not in leaves and depth < MAX_DEPTH:
            yield from _flatten(cast("Mapping[str, Any]", value), leaves, f"{name}.", depth + 1)
        else:
            yield name, value


def _nearest(name: str, known: Mapping[str, SettingDescription]) -> str:
    variables = [item.environment_variable for item in known.values()]
    return _did_you_mean(name, variables if name.startswith(ENVIRONMENT_PREFIX) else known)


def _did_you_mean(name: str, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(name[:MAX_SHOWN], choices, n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else ""


def _one_line(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")[:MAX_SHOWN] if not text.isprintable() else text[:MAX_SHOWN]


def _shown(value: Any) -> str:
    try:
        return _one_line(repr(value))
    except (ValueError, RecursionError):  # a number of thousands of digits, a list of thousands of levels
        return f"a very long {type(value).__name__}"


def _checked(item: SettingDescription, value: Any) -> tuple[Any, str | None]:
    if isinstance(item.default, tuple | dict):
        return _checked_list(item, value) if isinstance(item.default, tuple) else _checked_folders(value)
    kind = type(item.default)
    # A whole number is a float too; `bool` is an `int` to Python alone.
    if type(value) is not kind and not (kind is float and type(value) is int):
        return None, f"expected {kind.__name__}, got {_shown(value)}"
    if item.choices and value not in item.choices:
        return None, f"expected one of {', '.join(item.choices)}, got {_shown(value)}"
    # `not (low <= value <= high)` also refuses NaN.
    low, high = item.low, item.high
    if low is not None and high is not None and not low <= cast("float", value) <= high:
        return None, f"expected {low:g} to {high:g}, got {_shown(value)}"
    return kind(value), None


def _checked_list(item: SettingDescription, value: Any) -> tuple[Any, str | None]:
    if not (isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in cast("list[Any]", value))):
        return None, f"expected a list of strings, got {_shown(value)}"
    entries = tuple(cast("list[str]", value))
    wrong = next((entry for entry in entries if item.choices and entry not in item.choices), None)
    if wrong is None:
        return entries, None
    return None, f"expected some of {', '.join(item.choices)}, got {_shown(wrong)}{_did_you_mean(wrong, item.choices)}"


def _checked_folders(value: Any) -> tuple[Any, str | None]:
    if not isinstance(value, Mapping) and value != []:  # an empty table of Lua is an empty list in JSON
        return None, f"expected a table from folder to folder, got {_shown(value)}"
    table = dict(cast("Mapping[Any, Any]", value))
    for entry in (*table, *table.values()):
        # Relative to what? To the workspace, in a language server, which must not choose.
        if not isinstance(entry, str) or not (entry.startswith("~") or PurePath(entry).is_absolute()):
            return None, f"expected absolute paths of folders, got {_shown(entry)}"
    return table, None


def _replaced(node: Any, path: list[str], value: Any) -> Any:
    if len(path) > 1:
        value = _replaced(getattr(node, path[0]), path[1:], value)
    return dataclasses.replace(node, **{path[0]: value})


def parse_text(name: str, text: str) -> Any:
    """A setting's value from the text of a variable or flag; ill-typed text is left for `merge` to refuse."""
    default = next((item.default for item in describe() if item.name == name), None)
    if isinstance(default, tuple):
        return _parsed_list(text)
    if isinstance(default, bool):
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower(), text)
    try:
        if isinstance(default, int | float):
            return type(default)(text)
        return json.loads(text) if isinstance(default, dict) else text
    except (ValueError, RecursionError):
        return text


def _parsed_list(text: str) -> list[Any]:
    """The entries of a JSON list, or else what stands between commas: a glob may begin with a bracket too."""
    try:
        if isinstance(entries := json.loads(text), list):
            return cast("list[Any]", entries)
    except (ValueError, RecursionError):
        pass
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def environment_layer(environment: Mapping[str, str]) -> dict[str, Any]:
    """The layer of settings that variables make; unknown ones are in it by their own name, to be refused."""
    names = {item.environment_variable: item.name for item in describe()}
    return {
        names.get(variable, variable): parse_text(names.get(variable, variable), text)
        for variable, text in environment.items()
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in OTHER_VARIABLES
    }


def read_file(path: Path) -> dict[str, Any]:
    """The layer in a TOML file; empty where there is none.

    Raises:
        SettingsError: It is there and cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            message = f"{path}: no ordinary file; mend or remove it"
            raise SettingsError(message)
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    # ValueError: not UTF-8, not TOML, or a number too long to read; RecursionError: nested too deep.
    except (OSError, ValueError, RecursionError) as error:
        message = f"{path}: cannot read settings ({_one_line(str(error))}); mend or remove the file"
        raise SettingsError(message) from error
