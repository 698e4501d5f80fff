"""Who waits for a generation, and what each is content with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from codex_lsp.completion.typed import NOTHING, Typed

Waiter = asyncio.Future[None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What is waited for.

    Attributes:
        typed: What was typed at the generation's place before the request came.
        whole: Every row, not only the first useful ones.
    """

    typed: Typed = NOTHING
    whole: bool = False


class Waiters:
    """Futures with what they want; each is told once."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._wants: dict[Waiter, Want] = {}

    def __len__(self) -> int:
        """How many wait; who has been superseded does not."""
        return sum(not waiter.done() for waiter in self._wants)

    def add(self, waiter: Waiter, want: Want) -> None:
        """One more."""
        self._wants[waiter] = want

    def remove(self, waiter: Waiter) -> None:
        """One less."""
        self._wants.pop(waiter, None)

    def tell(self, is_content: Callable[[Want], bool] = lambda _: True, error: Exception | None = None) -> None:
        """Give those who are content with what there is now their answer, or a failure."""
        for waiter in [waiter for waiter, want in self._wants.items() if is_content(want)]:
            self.remove(waiter)
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
