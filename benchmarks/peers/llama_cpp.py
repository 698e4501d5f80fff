"""llama.cpp's own server: `/infill` with n continuations of one prompt, its keys and values kept between requests.

The weights are converted with `codex-lsp models export --gguf`, to the format in which llama.cpp is fastest; a file
that lies there already is taken as it is. The server is the program named by `--llama-server`, else the one in PATH.
"""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import httpx

from benchmarks.peers.child import Child
from benchmarks.peers.peer import STOPS, TEMPERATURE, TOP_P, Ask, PeerFailed, PeerMissing, Setting, checked

NAME = "llama.cpp"
OPTION = "llama_server"
PROGRAM = "llama-server"
WEIGHTS = "q8_0"
SLOTS = 4
CONTEXT = 4096
# The logical batch bounds how much of prefix and suffix `/infill` reads.
BATCH = 4096
# As the project's own editor client advises.
REUSED_CHUNK = 256
ANSWER_TIMEOUT_S = 300.0
OK = 200


class LlamaCpp:
    """The server on a port of this machine."""

    def __init__(self, setting: Setting) -> None:
        """Serve with as many slots as there are rows."""
        self._setting = setting
        self._child: Child | None = None
        self._client = httpx.Client(timeout=ANSWER_TIMEOUT_S, trust_env=False)
        self._program = ""

    def start(self) -> None:
        """Convert the weights if need be, and start the server."""
        self._program = self._setting.options.get(OPTION) or shutil.which(PROGRAM) or ""
        if not self._program:
            raise PeerMissing(f"{NAME}: there is no `{PROGRAM}` in PATH; name one with --llama-server")
        weights = gguf(self._setting.folder)
        port = free_port()
        threads = str(self._setting.threads)
        command = [self._program, "--model", str(weights), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--threads", threads, "--threads-batch", threads, "--parallel", str(SLOTS)]
        command += ["--ctx-size", str(SLOTS * CONTEXT), "--batch-size", str(BATCH)]
        command += ["--cache-reuse", str(REUSED_CHUNK)]
        log = Path(tempfile.gettempdir()) / "codex-lsp-bench-llama-server.log"
        self._child = Child(NAME, command, self._setting.environment(), log)
        self._client.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        self._child.wait_until(self._ready)

    def version(self) -> str:
        """What the program says of itself."""
        told = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=False)
        lines = (told.stderr + told.stdout).splitlines()
        version = next((line for line in lines if line.startswith("version:")), "version unknown")
        return f"{PROGRAM} {version.removeprefix('version:').strip()}, {WEIGHTS}"

    def complete(self, ask: Ask) -> list[int]:
        """Ask `/infill` once for all rows."""
        lines, newline, line = ask.prompt.prefix.rpartition("\n")
        body = {
            "input_prefix": lines + newline,
            "input_suffix": ask.prompt.suffix,
            "prompt": line,
            "n_predict": ask.tokens,
            "n_cmpl": ask.n,
            "temperature": TEMPERATURE,
            "top_p": TOP_P,
            "seed": ask.seed,
            "cache_prompt": True,
            "stop": list(STOPS) if ask.stops else [],
        }
        try:
            response = self._client.post("/infill", json=body)
        except httpx.HTTPError as error:
            raise PeerFailed(f"{NAME}: {type(error).__name__} {error}") from error
        if response.status_code != OK:
            raise PeerFailed(f"{NAME}: {response.text[:200]}")
        return checked([row["tokens_predicted"] for row in _rows(response.json())], ask, NAME)

    def close(self) -> None:
        """End the server."""
        self._client.close()
        if self._child is not None:
            self._child.close()

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self._client.get("/health").status_code == OK
        return False


def gguf(folder: Path) -> Path:
    """The weights of a checkpoint as llama.cpp reads them, beside it.

    Raises:
        PeerMissing: They cannot be converted.
    """
    path = folder / f"model-{WEIGHTS}.gguf"
    if not path.is_file():
        command = [sys.executable, "-m", "codex_lsp", "models", "export", str(folder), "--gguf", str(path)]
        told = subprocess.run([*command, "--type", WEIGHTS], capture_output=True, text=True, check=False)
        if told.returncode:
            reason = (told.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise PeerMissing(f"{NAME}: `codex-lsp models export --gguf` failed ({reason})")
    return path


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _rows(answer: Any) -> list[dict[str, Any]]:
    """The continuations: a list of them, or the only one."""
    return cast("list[dict[str, Any]]", answer if isinstance(answer, list) else [answer])
