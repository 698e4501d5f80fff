"""Which peers there are, by the names of the command line."""

from collections.abc import Callable

from benchmarks.peers.c_translate2 import CTranslate2
from benchmarks.peers.hugging_face import HuggingFace
from benchmarks.peers.llama_cpp import LlamaCpp
from benchmarks.peers.ours import Ours
from benchmarks.peers.peer import Peer, Setting
from codex_lsp.errors import UsageError

PEERS: dict[str, Callable[[Setting], Peer]] = {
    "ours": lambda setting: Ours(setting, "auto"),
    "ours_int8": lambda setting: Ours(setting, "int8"),
    "llama_cpp": LlamaCpp,
    "ctranslate2": CTranslate2,
    "hf": lambda setting: HuggingFace(setting, kept=False),
    "hf_kept": lambda setting: HuggingFace(setting, kept=True),
}
SLOW = ("ctranslate2", "hf", "hf_kept")
"""Those that take most of a run's time: beside a busy neighbour they are asked along one trace alone."""
KEEP_NOTHING = ("ctranslate2", "hf")
"""Those that read the whole prompt each time, wherever it was changed: one trace tells of all."""
TITLES = {
    "ours": "codex-lsp",
    "ours_one": "codex-lsp, one candidate",
    "ours_int8": "codex-lsp, int8",
    "llama_cpp": "llama.cpp",
    "ctranslate2": "CTranslate2",
    "hf": "transformers",
    "hf_kept": "transformers, prefix kept",
}


def checked_names(names: list[str]) -> tuple[str, ...]:
    """Names of peers.

    Raises:
        UsageError: One is unknown.
    """
    for name in names:
        if name not in PEERS:
            raise UsageError(f"`{name}` is no peer; known are {', '.join(PEERS)}")
    return tuple(dict.fromkeys(names))
