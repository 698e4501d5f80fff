"""Where the rows of a request begin: what is to be read before them, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from codex_lsp.decoding.healing import FirstToken, Head, Tail
from codex_lsp.decoding.memory import Memory
from codex_lsp.decoding.network import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is to be read before rows begin.

    Attributes:
        prompt: Token ids.
        tail: What was typed after them.
        rows: How many will begin.
        tenant: Whose cache the prompt is kept in.
        memory: What is mixed into the choice of a head; None for the model alone.
    """

    prompt: Sequence[int]
    tail: Tail | None
    rows: int = 1
    tenant: str | None = None
    memory: Memory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where rows begin.

    Attributes:
        prompt: All tokens that were read.
        head: Those of them that spell the tail's first bytes, and the bytes that are left.
        constraint: What the first token of each row must spell.
        reading: Goes on from the prompt.
        logits: After the last of them [1, vocabulary]; None where it was cancelled.
    """

    prompt: tuple[int, ...]
    head: Head
    constraint: FirstToken | None
    reading: Reading
    logits: Tensor | None
