"""One tree of defaulted settings, and how layers of settings are put over each other.

This module is the only home of a default. `vscode-client/package.json`, the Neovim help and the settings page are
generated from it. Layers, weakest first: defaults, user file, workspace file, editor, environment, flags.
"""

import dataclasses
import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Any, TypeVar, cast

from codex_lsp.errors import SettingsError

ENVIRONMENT_PREFIX = "CODEX_LSP_"
API_KEY_VARIABLE = "CODEX_LSP_API_KEY"
USER_FILE_NAME = "codex-lsp.toml"
OTHER_VARIABLES = (API_KEY_VARIABLE, "CODEX_LSP_BENCHMARKS", "CODEX_LSP_UPDATE_SCREENSHOTS")
"""Variables with the prefix that are no settings."""
MAX_SHOWN = 80
MAX_DEPTH = 8

T = TypeVar("T", bool, int, float, str)


class Source(StrEnum):
    """Where a layer of settings comes from; it decides what the layer may set."""

    USER_FILE = "user file"
    WORKSPACE_FILE = "workspace file"
    EDITOR = "editor settings"
    ENVIRONMENT = "environment"
    FLAG = "flag"


def setting(
    default: T,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    machine: bool = False,
) -> T:
    """Declare one setting; `machine` ones are never taken from a workspace."""
    metadata = {"doc": doc, "low": low, "high": high, "choices": choices, "machine": machine}
    return field(default=default, metadata=metadata)


def setting_list(doc: str, *, machine: bool = False) -> tuple[str, ...]:
    """Declare a list of strings, empty unless set."""
    metadata = {"doc": doc, "low": None, "high": None, "choices": (), "machine": machine}
    return field(default=(), metadata=metadata)


def setting_folders(doc: str, *, machine: bool = False) -> Mapping[str, str]:
    """Declare a table from folder to folder, empty unless set; both are absolute or begin with `~`."""
    metadata = {"doc": doc, "low": None, "high": None, "choices": (), "machine": machine}
    return field(default_factory=dict[str, str], metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionSettings:
    """How candidates are sampled and shown."""

    n: int = setting(4, "Candidates sampled for one completion: one greedy, the rest at `temperature`.", low=1, high=16)
    temperature: float = setting(0.4, "Temperature of the sampled candidates.", low=0.0, high=2.0)
    top_p: float = setting(0.95, "Nucleus mass of the sampled candidates.", low=0.01, high=1.0)
    max_line_tokens: int = setting(32, "New tokens at most when one line is completed.", low=1, high=1024)
    max_block_tokens: int = setting(96, "New tokens at most when a block is completed.", low=1, high=4096)
    debounce_ms: int = setting(30, "Pause in typing before a model is asked; none when invoked.", low=0, high=5000)
    late_row_ms: int = setting(
        150, "How long an answer waits for slower candidates once the first is there.", low=0, high=10000
    )
    timeout_ms: int = setting(10000, "How long one generation may take before it is given up.", low=100, high=600000)
    menu: str = setting(
        "auto",
        "Completion items beside ghost text: `auto` where the editor has no inline completion, `always`, or `never`.",
        choices=("auto", "always", "never"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """How much of the document the model is shown."""

    max_prompt_tokens: int = setting(
        1024, "Tokens of prompt at most; the model's own limit holds too.", low=64, high=131072
    )
    suffix_share: float = setting(0.25, "Share of the prompt kept for text after the cursor.", low=0.0, high=0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """A server that speaks the OpenAI completions protocol, used instead of a local model."""

    url: str = setting("", "Base URL, for example http://127.0.0.1:8000/v1; empty for the local engine.", machine=True)
    model: str = setting("", "Model name sent to the endpoint; empty for the first one it lists.", machine=True)
    template: str = setting("", "Prompt template family; empty to tell it from the model's name.", machine=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the local engine computes."""

    dtype: str = setting(
        "auto",
        "Number format of the weights; `int8` on a CPU alone.",
        choices=("auto", "float32", "bfloat16", "int8"),
        machine=True,
    )
    device: str = setting("auto", "Where the model runs.", choices=("auto", "cpu", "cuda", "mps"), machine=True)
    threads: int = setting(0, "CPU threads; 0 for one less than there are cores.", low=0, high=256, machine=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole tree."""

    enabled: bool = setting(default=True, doc="Suggest completions at all.")
    disabled_languages: tuple[str, ...] = setting_list("Language identifiers in which nothing is suggested.")
    model: str = setting(
        "embedded",
        "`embedded`, a Hugging Face model folder, or a hub name such as `Qwen/Qwen2.5-Coder-0.5B`.",
        machine=True,
    )
    adapters: Mapping[str, str] = setting_folders(
        "Adapters of the local model: from a workspace folder to the folder that `codex-lsp train adapt` made for it.",
        machine=True,
    )
    completion: CompletionSettings = field(default_factory=CompletionSettings)
    context: ContextSettings = field(default_factory=ContextSettings)
    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """One leaf of the tree, for generated documents and clients."""

    name: str
    default: bool | int | float | str | tuple[str, ...] | dict[str, str]
    doc: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    machine: bool

    @property
    def environment_variable(self) -> str:
        """The variable that sets it: `completion.top_p` is `CODEX_LSP_COMPLETION_TOP_P`."""
        return ENVIRONMENT_PREFIX + self.name.replace(".", "_").upper()


def describe() -> Iterator[SettingDescription]:
    """Every setting of the tree, in order of declaration."""
    yield from _describe(Settings(), "")


def _describe(node: Any, prefix: str) -> Iterator[SettingDescription]:
    for item in dataclasses.fields(node):
        value = getattr(node, item.name)
        if dataclasses.is_dataclass(value):
            yield from _describe(value, f"{prefix}{item.name}.")
        else:
            yield SettingDescription(name=prefix + item.name, default=value, **item.metadata)


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
        if item.machine and source is Source.WORKSPACE_FILE:
            problems.append(f"{source}: `{name}`: a workspace may not set it; set it in your user settings")
            continue
        checked, problem = _checked(item, value)
        if problem is not None:
            problems.append(f"{source}: `{name}`: {problem}; {item.default!r} is the default")
        else:
            settings = _replaced(settings, name.split("."), checked)
    return settings, problems


def _flatten(layer: Mapping[str, Any], leaves: set[str], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in layer.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and name not in leaves and depth < MAX_DEPTH:
            yield from _flatten(cast("Mapping[str, Any]", value), leaves, f"{name}.", depth + 1)
        else:
            yield name, value


def _nearest(name: str, known: Mapping[str, SettingDescription]) -> str:
    variables = [item.environment_variable for item in known.values()]
    choices = variables if name.startswith(ENVIRONMENT_PREFIX) else known
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
        return _checked_list(value) if isinstance(item.default, tuple) else _checked_folders(value)
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


def _checked_list(value: Any) -> tuple[Any, str | None]:
    if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in cast("list[Any]", value)):
        return tuple(cast("list[str]", value)), None
    return None, f"expected a list of strings, got {_shown(value)}"


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
        return [entry.strip() for entry in text.split(",") if entry.strip()]
    if isinstance(default, bool):
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower(), text)
    try:
        if isinstance(default, int | float):
            return type(default)(text)
        return json.loads(text) if isinstance(default, dict) else text
    except (ValueError, RecursionError):
        return text


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
