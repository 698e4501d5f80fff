"""One tree of defaulted settings.

This module is the only home of a default. `vscode-client/package.json`, the Neovim help and the settings page are
generated from it; `settings_layers.py` puts what a person sets over it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

ENVIRONMENT_PREFIX = "CODEX_LSP_"
API_KEY_VARIABLE = "CODEX_LSP_API_KEY"
USER_FILE_NAME = "codex-lsp.toml"

FILTER_NAMES = (
    "half_line",
    "rest_of_line",
    "next_lines",
    "leading_blanks",
    "indentation",
    "blanks",
    "control_tokens",
    "repetition",
    "said_next",
    "secrets",
    "broken_syntax",
    "recitation",
)
"""What can be switched off of what happens to a candidate once it is cut to size, in the order of its happening."""

T = TypeVar("T", bool, int, float, str)


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


def setting_list(
    doc: str, *, choices: tuple[str, ...] = (), machine: bool = False, adds: bool = False
) -> tuple[str, ...]:
    """Declare a list of strings, empty unless set; one that `adds` holds the entries of all layers.

    Where there are `choices`, every entry is one of them.
    """
    metadata = {"doc": doc, "low": None, "high": None, "choices": choices, "machine": machine, "adds": adds}
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
    reuse: bool = setting(default=True, doc="Show what is known already while it still fits, and ask no model for it.")
    debounce_ms: int = setting(
        30, "Pause in typing before a model is asked, at the least; none when invoked.", low=0, high=5000
    )
    adaptive_debounce: bool = setting(
        default=True, doc="Wait longer than `debounce_ms` where that suits how fast you type and the model answers."
    )
    max_debounce_ms: int = setting(400, "That pause at the most.", low=0, high=5000)
    prefetch: bool = setting(default=False, doc="Ask for what will follow the suggestion, while it is read.")
    late_row_ms: int = setting(
        150, "How long an answer waits for slower candidates once the first is there.", low=0, high=10000
    )
    timeout_ms: int = setting(10000, "How long one generation may take before it is given up.", low=100, high=600000)
    min_mean_logprob: float = setting(
        0.0,
        "Show nothing unasked whose mean log-probability, in nats, is below this, for example -1.0; 0 to show all.",
        low=-20.0,
        high=0.0,
    )
    in_comments: bool = setting(default=True, doc="Suggest in comments too without being asked.")
    memory: bool = setting(
        default=True,
        doc="Let the embedded model remember what other files say: open ones, and in a trusted workspace those near.",
    )
    blocks: str = setting(
        "auto",
        "How much is suggested: `auto` for what fits the place, up to a whole block; `never` for one line at most.",
        choices=("auto", "never"),
    )
    disabled_filters: tuple[str, ...] = setting_list(
        "What is not done to candidates before they are shown, to see what each filter brings.",
        choices=FILTER_NAMES,
        machine=True,
    )
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
    imports: bool = setting(default=True, doc="Keep the file's imports where what is shown of it starts after them.")
    snippets: str = setting(
        "auto",
        "Show the model similar pieces of other files: `auto` where that helps it, `always`, or `never`.",
        choices=("auto", "always", "never"),
    )
    definitions: bool = setting(default=False, doc="Among them the definitions of names used near the cursor.")
    snippet_share: float = setting(0.25, "Share of the prompt that pieces of other files may take.", low=0.0, high=0.6)
    snippet_threshold: float = setting(
        0.1, "How like the cursor's surroundings a piece must be: 0 for not at all, 1 for the same.", low=0.0, high=1.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """A server that speaks the OpenAI completions protocol, used instead of a local model."""

    url: str = setting("", "Base URL, for example http://127.0.0.1:8000/v1; empty for the local engine.", machine=True)
    model: str = setting("", "Model name sent to the endpoint; empty for the first one it lists.", machine=True)
    template: str = setting("", "Prompt template family; empty to tell it from the model's name.", machine=True)
    chat: str = setting(
        "auto",
        "Whether assists ask by /chat/completions, for models that follow instructions; `auto` by the model's name.",
        choices=("auto", "on", "off"),
        machine=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the local engine computes."""

    dtype: str = setting(
        "auto",
        "Number format of the weights; `int8` on a CPU alone, where `auto` takes it if the CPU multiplies bytes.",
        choices=("auto", "float32", "bfloat16", "int8"),
        machine=True,
    )
    device: str = setting("auto", "Where the model runs.", choices=("auto", "cpu", "cuda", "mps"), machine=True)
    threads: int = setting(0, "CPU threads; 0 for one less than there are cores.", low=0, high=256, machine=True)
    cache_mb: int = setting(
        0,
        "Memory for what was read of prompts, in megabytes; 0 to choose by the model.",
        low=0,
        high=1048576,
        machine=True,
    )
    idle_minutes: int = setting(
        60, "The engine ends when nothing was asked of it for so long; 0 for never.", low=0, high=10080, machine=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsSettings:
    """What is counted for `codex-lsp stats`, on this machine alone."""

    enabled: bool = setting(
        default=True, doc="Count what is shown and accepted, and how fast it comes; never any text.", machine=True
    )
    keep_days: int = setting(365, "Days after which what was counted is dropped.", low=1, high=3650, machine=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistSettings:
    """What is offered on a function beside completion."""

    enabled: bool = setting(default=True, doc="Offer to generate tests, solve, document, explain and the like.")
    budget: int = setting(100, "Candidates at most that are sampled and run until one passes.", low=1, high=1000)
    timeout_s: int = setting(60, "How long one assist may take before it shows the best it has.", low=1, high=3600)
    docstring_style: str = setting(
        "auto",
        "How docstrings are written: `auto` as in the file.",
        choices=("auto", "google", "numpy", "sphinx"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole tree."""

    enabled: bool = setting(default=True, doc="Suggest completions at all.")
    disabled_languages: tuple[str, ...] = setting_list(
        "Language identifiers in which nothing is suggested, unless ghost text is asked for."
    )
    exclude: tuple[str, ...] = setting_list(
        "Globs of files that no model is ever shown, besides those of keys and passwords: `private`, `*.sql`, "
        "`docs/**/draft.md`. Each layer of settings adds its own; none takes another's away.",
        machine=True,
        adds=True,
    )
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
    statistics: StatisticsSettings = field(default_factory=StatisticsSettings)
    assist: AssistSettings = field(default_factory=AssistSettings)


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
    adds: bool = False

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
