"""llama.cpp beside us: its Python server as a process, and the library in this one. Needs llama-cpp-python."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.local_loading import LoadedModel
from codex_lsp.models.templates import render_text
from codex_lsp.types import Prompt

START_TIMEOUT_S = 120.0
F32 = 0
"""How llama.cpp numbers the type of its keys and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A prompt, its tokens, and those of what follows it in its file."""

    prompt: Prompt
    ids: tuple[int, ...]
    following: tuple[int, ...]


@contextmanager
def serving(model: Path, *, context: int) -> Generator[str]:
    """llama-cpp-python's server on a free port of this machine, and its address.

    Raises:
        ModelUnavailable: It ends, or does not listen in time.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    flags = {"model": model, "port": port, "n_ctx": context, "type_k": F32, "type_v": F32, "n_threads": 1}
    words = [str(word) for name, value in flags.items() for word in (f"--{name}", value)]
    command = [sys.executable, "-m", "llama_cpp.server", *words, "--n_threads_batch", "1", "--verbose", "false"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a process listens.

    Raises:
        ModelUnavailable: It ends, or takes too long.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise ModelUnavailable("llama_cpp.server does not start; run `python -m llama_cpp.server --help` to see why")


def llama_cpp() -> Any:
    """The peer in this process; `main` has seen that it is there."""
    return import_module("llama_cpp")


def llama_scores(path: Path, cases: Sequence[Case], context: int) -> list[list[float]]:
    """llama.cpp's log-probabilities of what follows each prompt."""
    options: dict[str, Any] = {"n_ctx": context, "logits_all": True, "n_threads": 1, "n_threads_batch": 1}
    model: Any = llama_cpp().Llama(str(path), type_k=F32, type_v=F32, verbose=False, **options)
    said: list[list[float]] = []
    for case in cases:
        ids = (*case.ids, *case.following)
        model.reset()
        model.eval(ids)
        logits = torch.tensor(model.scores[len(case.ids) - 1 : len(ids) - 1])
        said.append(chosen(logits, case.following))
    model.close()
    return said


def llama_mismatches(path: Path, model: LoadedModel, cases: Sequence[Case]) -> int:
    """How many rendered prompts llama.cpp reads as other tokens."""
    vocabulary: Any = llama_cpp().Llama(str(path), vocab_only=True, verbose=False)
    texts = [render_text(model.template, case.prompt).encode() for case in cases]
    read = [tuple(vocabulary.tokenize(text, add_bos=False, special=True)) for text in texts]
    vocabulary.close()
    return sum(ids != case.ids for ids, case in zip(read, cases, strict=True))


def chosen(logits: Tensor, ids: Sequence[int]) -> list[float]:
    """The log-probability of each id under its row of logits."""
    return logits.double().log_softmax(-1).gather(1, torch.tensor(ids).unsqueeze(1)).squeeze(1).tolist()
