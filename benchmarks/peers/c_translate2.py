"""CTranslate2: the weights converted by its own converter, n samples of one prompt.

The Python that has it is named by `--ctranslate2-python`, else it is the one that runs this.
"""

import sys
import sysconfig
import tempfile
from pathlib import Path

from tokenizers import Tokenizer

from benchmarks.peers.peer import STOPS, Ask, PeerFailed, Setting, checked
from benchmarks.peers.rendering import rendered
from benchmarks.peers.worker import Worker

NAME = "CTranslate2"
OPTION = "ctranslate2_python"
SCRIPT = Path(__file__).with_name("c_translate2_worker.py")


class CTranslate2:
    """The library in a process of its own; prompts are cut into tokens here, in the time that is measured."""

    def __init__(self, setting: Setting) -> None:
        """Generate with bytes as weights, its fastest format."""
        self._setting = setting
        self._worker: Worker | None = None
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(setting.folder / "tokenizer.json"))
        self._stops = [token for token in self._tokenizer.get_vocab() if any(stop in token for stop in STOPS)]

    def start(self) -> None:
        """Convert the weights if need be, and load them."""
        python = self._setting.options.get(OPTION) or sys.executable
        # Its converter reads the checkpoint with torch and transformers, which are here if they are not there.
        more = sysconfig.get_paths()["purelib"]
        command = [python, str(SCRIPT), str(self._setting.folder), str(self._setting.threads), more]
        log = Path(tempfile.gettempdir()) / "codex-lsp-bench-ctranslate2.log"
        self._worker = Worker(NAME, command, self._setting, log=log)

    def version(self) -> str:
        """Its version and number format."""
        return "" if self._worker is None else self._worker.version

    def complete(self, ask: Ask) -> list[int]:
        """Generate."""
        if self._worker is None:
            raise PeerFailed(f"{NAME}: was not started")
        tokens = self._tokenizer.encode(rendered(ask.prompt), add_special_tokens=False).tokens
        request = {"prompt": tokens, "n": ask.n, "tokens": ask.tokens, "stops": self._stops if ask.stops else []}
        return checked(self._worker.ask(request)["counts"], ask, NAME)

    def close(self) -> None:
        """End it."""
        if self._worker is not None:
            self._worker.close()
