"""What is timed: something that answers requests, started with given weights and threads."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from codex_lsp.errors import CodexLspError
from codex_lsp.types import Prompt

TEMPERATURE = 0.4
TOP_P = 0.95
STOPS = ("k", "w", "x")
"""What ends a row where stops are on: random weights know no lines, and about one token in nine has such a letter."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class PeerMissing(CodexLspError):
    """A peer that is not installed here, or cannot serve these weights; the report says why."""


class PeerFailed(CodexLspError):
    """A peer that was started and does not answer as it should: its times would mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request.

    Attributes:
        prompt: What is continued, between its prefix and its suffix.
        n: Continuations.
        tokens: Of each, at most.
        stops: Whether a continuation ends before one of `STOPS`; otherwise all have `tokens` tokens.
        seed: For those that sample by one.
    """

    prompt: Prompt
    n: int
    tokens: int
    stops: bool
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """With what a peer is started.

    Attributes:
        folder: The checkpoint.
        threads: That compute.
        options: What was said about peers on the command line or in the environment, by the name of the option.
    """

    folder: Path
    threads: int
    options: dict[str, str]

    def environment(self) -> dict[str, str]:
        """Variables of a child process that limit its threads."""
        return {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(self.threads))}


class Peer(Protocol):
    """Something that continues prompts."""

    def start(self) -> None:
        """Start and wait until it is ready.

        Raises:
            PeerMissing: It is not here.
            PeerFailed: It does not start.
        """
        ...

    def version(self) -> str:
        """What it is, in which number format; after `start`."""
        ...

    def complete(self, ask: Ask) -> list[int]:
        """Answer; the number of tokens of each continuation.

        Raises:
            PeerFailed: It gives no answer.
        """
        ...

    def close(self) -> None:
        """End its processes."""
        ...


MakePeer = Callable[[Setting], Peer]


def checked(counts: list[int], ask: Ask, name: str) -> list[int]:
    """The same counts, where they are what was asked for.

    Raises:
        PeerFailed: A continuation is missing, or shorter than it must be.
    """
    if len(counts) != ask.n or (not ask.stops and set(counts) != {ask.tokens}):
        raise PeerFailed(f"{name}: gave {counts} tokens instead of {ask.n} times {ask.tokens}; its times mean nothing")
    return counts
