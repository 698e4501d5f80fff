"""Ours: `codex-lsp engine` on its Unix socket, asked by the client that `codex-lsp serve` asks it with."""

import asyncio
import shutil
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path

import codex_lsp
from benchmarks.peers.child import Child
from benchmarks.peers.peer import STOPS, TEMPERATURE, TOP_P, Ask, PeerFailed, Setting, checked
from codex_lsp.errors import ModelError
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import SamplingParams

NAME = "codex-lsp"


class Ours:
    """The engine as it is by default, but for its threads."""

    def __init__(self, setting: Setting, dtype: str) -> None:
        """Serve with the weights in `dtype`, as in the setting `engine.dtype`."""
        self._setting = setting
        self._dtype = dtype
        self._folder = Path(tempfile.mkdtemp(prefix="codex-lsp-bench-"))
        self._loop = asyncio.Runner()
        self._child: Child | None = None
        self._model: OpenAIModel | None = None

    def start(self) -> None:
        """Start the engine and wait until its model is loaded."""
        socket = self._folder / "engine.sock"
        settings = {
            "CODEX_LSP_ENGINE_THREADS": str(self._setting.threads),
            "CODEX_LSP_ENGINE_DTYPE": self._dtype,
            # A person's own settings are not what is measured.
            "XDG_CONFIG_HOME": str(self._folder),
        }
        command = [sys.executable, "-m", "codex_lsp", "engine", "--socket", str(socket)]
        self._child = Child(
            NAME,
            [*command, "--model", str(self._setting.folder)],
            {**self._setting.environment(), **settings},
            self._folder / "engine.log",
        )
        self._child.wait_until(socket.exists)
        self._model = OpenAIModel("http://engine/v1", socket=socket)
        try:
            self._loop.run(self._model.capabilities())
        except ModelError as error:
            raise PeerFailed(f"{NAME}: {error}") from error

    def version(self) -> str:
        """Our version and number format."""
        return f"codex-lsp {codex_lsp.__version__}, engine.dtype {self._dtype}"

    def complete(self, ask: Ask) -> list[int]:
        """Ask the engine."""
        try:
            return checked(self._loop.run(self._counts(ask)), ask, NAME)
        except ModelError as error:
            raise PeerFailed(f"{NAME}: {error}") from error

    def close(self) -> None:
        """End the engine."""
        if self._model is not None:
            self._loop.run(self._model.close())
        if self._child is not None:
            self._child.close()
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _counts(self, ask: Ask) -> list[int]:
        if self._model is None:
            raise PeerFailed(f"{NAME}: was not started")
        counts = [0] * ask.n
        params = SamplingParams(
            n=ask.n,
            greedy_first=True,
            max_tokens=ask.tokens,
            temperature=TEMPERATURE,
            top_p=TOP_P,
            stop=STOPS if ask.stops else (),
            seed=ask.seed,
            document="benchmark",
        )
        async with aclosing(self._model.sample(ask.prompt, params)) as deltas:
            async for delta in deltas:
                counts[delta.index] += len(delta.tokens)
        return counts
