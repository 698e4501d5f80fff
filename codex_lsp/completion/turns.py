"""Whose turn it is: of one method and document, only the newest state is waited for."""

import asyncio

from codex_lsp.completion.alarm import SetAlarm
from codex_lsp.completion.generation import Generation, Superseded
from codex_lsp.completion.waiters import Want

State = tuple[int, int]
"""Version of the document, and offset of the cursor."""


class Turn:
    """One request while it is answered; it can be superseded wherever it waits."""

    def __init__(self, uri: str, method: str, state: State) -> None:
        """A request of `method` for a document in a state."""
        self.uri = uri
        self.method = method
        self.state = state
        self._waiting: asyncio.Future[None] | None = None
        self._superseded = False

    async def pause(self, delay_s: float, set_alarm: SetAlarm) -> None:
        """Let time pass.

        Raises:
            Superseded: Meanwhile.
        """
        if delay_s <= 0:
            return
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        alarm = set_alarm(delay_s, lambda: None if waiting.done() else waiting.set_result(None))
        try:
            await waiting
        finally:
            self._waiting = None
            alarm.cancel()
            _mark_seen(waiting)
        self._go_on()

    async def wait_for(self, generation: Generation, want: Want) -> None:
        """Wait until a generation has what is wanted, or will not have it any more.

        Raises:
            Superseded: Meanwhile.
            ModelError: The model failed.
        """
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        generation.add_waiter(waiting, want)
        try:
            await waiting
        finally:
            self._waiting = None
            generation.remove_waiter(waiting)
            _mark_seen(waiting)
        self._go_on()

    def supersede(self) -> None:
        """End the waiting, even where what is waited for has just come and the turn does not know yet."""
        self._superseded = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Superseded())

    def _go_on(self) -> None:
        if self._superseded:
            raise Superseded


def _mark_seen(waiting: "asyncio.Future[None]") -> None:
    """Look at a failure that a cancelled request will never look at, so that asyncio does not complain of it."""
    if waiting.done() and not waiting.cancelled():
        waiting.exception()


class Turns:
    """All requests that are being answered."""

    def __init__(self) -> None:
        """Nobody's."""
        self._turns: list[Turn] = []

    def begin(self, uri: str, method: str, state: State) -> Turn:
        """A new turn; those of the same method and document for another state are superseded."""
        for turn in self._turns:
            if (turn.uri, turn.method) == (uri, method) and turn.state != state:
                turn.supersede()
        turn = Turn(uri, method, state)
        self._turns.append(turn)
        return turn

    def end(self, turn: Turn) -> None:
        """It is answered."""
        self._turns.remove(turn)

    def supersede_document(self, uri: str) -> None:
        """Supersede all turns of a document."""
        for turn in self._turns:
            if turn.uri == uri:
                turn.supersede()

    def supersede_all(self) -> None:
        """Supersede every turn."""
        for turn in self._turns:
            turn.supersede()
