"""What the runner asks of a model: to read a prompt once, and then any number of rows after it."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

from torch import Tensor

from codex_lsp.decoding.sampler import Chooser
from codex_lsp.types import SamplingParams

PREFILL_TOKENS = 512
"""A prompt is read in pieces of so many tokens, between which a cancel is seen."""


class Reading(Protocol):
    """A prompt that is read and the rows after it; what it holds is given back at the end of `with`."""

    @property
    def unread(self) -> int:
        """Tokens of the prompt that are not there yet."""
        ...

    def read_piece(self) -> Tensor:
        """Read the next of them in one forward pass; the logits after the last one, float32 [1, vocabulary]."""
        ...

    def prompt(self, cancelled: Callable[[], bool]) -> Tensor | None:
        """Read the prompt: the logits after it, float32 [1, vocabulary], or None where it was cancelled half-way."""
        ...

    def step(self, rows: Sequence[int], ids: Sequence[Sequence[int]]) -> Tensor:
        """Read tokens of some rows in one forward pass; rows that are left out once never come back.

        Args:
            rows: Numbers of the rows, ascending.
            ids: Tokens of each, at least one, which follow those it has.

        Returns:
            Logits after each token, row by row, float32 [tokens, vocabulary].
        """
        ...

    def rewind(self, row: int, tokens: int) -> None:
        """Forget the last tokens of a row, all of them read in the last step."""
        ...

    def __enter__(self) -> Self:
        """Itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what is held."""
        ...


class Network(Protocol):
    """A causal language model as the runner sees it; used by one thread.

    Attributes:
        steps: Forward passes done so far.
        drafts: Whether a step may hold different numbers of tokens for its rows, and be rewound.
        token_price: What one more token costs in a step of four, as a share of the step.
    """

    steps: int
    drafts: bool
    token_price: float

    def sampler(self, params: SamplingParams) -> Chooser:
        """What chooses the tokens of a request."""
        ...

    def read(self, prompt: Sequence[int], rows: int, tenant: str | None, *, kept: bool = True) -> Reading:
        """Begin to read a prompt of at least one token.

        Args:
            prompt: Token ids.
            rows: How many rows will follow it.
            tenant: Who asks; nothing that was read for one is used for another.
            kept: Whether later prompts may find what is read, and this one what earlier ones left.
        """
        ...

    def read_ahead(self, prompt: Sequence[int], tenant: str | None) -> Iterator[None]:
        """Begin a request: read a long prompt, maybe not its last piece, for `read` to find, a forward pass an item.

        Args:
            prompt: Token ids.
            tenant: Who asks.
        """
        ...
