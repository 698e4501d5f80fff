"""The candidate as a test sees it: a function that asks another process, and trusts nothing that comes back."""

import builtins
from typing import Any

from codex_lsp.execution.channel import Channel, ChannelClosed, ChannelGarbled
from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import EncodingError, encode, plain_base

ENDED = "ended"
"""A fault's outcome where the candidate's process is gone; the grader outside knows what ended it."""


class CandidateFault(BaseException):
    """The candidate cannot be asked any more; no `except Exception` of a test holds it up.

    Attributes:
        outcome: A verdict's, or `ENDED`.
        detail: One line.
    """

    def __init__(self, outcome: str, detail: str) -> None:
        """Keep both."""
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


class CandidateProxy:
    """Calls cross as messages; answers are plain values.

    Attributes:
        fault: Why it can be asked no more; stays, whatever the test catches.
        raised: The exceptions that calls have raised, with the names the candidate has for them.
        last: Arguments and value of the last call that returned; None before.
    """

    def __init__(self, channel: Channel, entry_point: str, *, deadline: float | None = None) -> None:
        """Ask nothing yet.

        Args:
            channel: To a worker that has loaded nothing.
            entry_point: Name of the function that is called.
            deadline: Of `time.monotonic`, for all that is asked; None where somebody else ends what takes too long.
        """
        self.__name__ = self.__qualname__ = entry_point
        self.fault: CandidateFault | None = None
        self.raised: list[tuple[BaseException, str]] = []
        self.last: tuple[tuple[Any, ...], dict[str, Any], Any] | None = None
        self._channel = channel
        self._deadline = deadline
        self._number = 0
        self._unsettled: list[tuple[Any, Any]] = []

    def load(self, program: str) -> None:
        """Have the candidate run its program.

        Raises:
            CandidateFault: It ended, or answered what is no answer.
            Exception: What the program raised.
        """
        known: list[Any] = []
        reply = self._ask(("load", program, self.__name__), known)
        if reply != ("loaded",):
            self._judge(reply, known)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """One call; raises what the candidate raised, as the nearest built-in exception.

        Raises:
            CandidateFault: It ended, or answered what may not cross.
        """
        self.settle()
        if self.fault:
            raise self.fault
        self._number += 1
        known: list[Any] = []
        value = self._judge(self._ask(("call", self._number, args, kwargs), known), known)
        self.last = (args, kwargs, value)
        return value

    def settle(self) -> None:
        """Let the last call's changes to its arguments be seen."""
        unsettled, self._unsettled = self._unsettled, []
        for container, content in unsettled:
            if type(content) is list:
                list.__setitem__(container, slice(None), content)
            elif type(content) is dict:
                dict.clear(container)
                dict.update(container, content)
            else:
                set.clear(container)
                set.update(container, content)

    def _ask(self, question: tuple[Any, ...], known: list[Any]) -> Any:
        try:
            self._channel.send(encode(question, known), self._deadline)
            return decode(self._channel.receive(self._deadline), known)
        except TimeoutError:
            raise self._failed("timed out", "it did not answer in time") from None
        except ChannelClosed:
            raise self._failed(ENDED, "the candidate's process ended") from None
        except (ChannelGarbled, EncodingError) as error:
            raise self._failed("refused", f"what came back is no value: {error}") from None

    def _judge(self, reply: Any, known: list[Any]) -> Any:
        """The value of a reply; raises what it tells instead."""
        match reply:
            case ("returned", int(number), bytes(alone), changes) if number == self._number and self._number:
                self._take(changes, known)
                return self._value(alone, known if changes is None else [])
            case ("raised", int(number), str(name), str(shown), tuple(args), changes) if number == self._number:
                self._take(changes, known)
                raise self._exception(name, shown, args)
            case ("refused", int(number), str(reason)) if number == self._number:
                raise self._failed("refused", f"what it returned may not cross: {reason}")
            case _:
                raise self._failed("refused", "it answered what it was not asked")

    def _value(self, alone: bytes, known: list[Any]) -> Any:
        try:
            return decode(alone, known)
        except EncodingError as error:
            raise self._failed("refused", f"what came back is no value: {error}") from None

    def _take(self, changes: Any, known: list[Any]) -> None:
        """Keep the arguments' new contents for `settle`; they are the first of the known containers, in order."""
        if changes is None:
            return
        kinds = [type(content) for content in changes] if type(changes) is list else []
        if not kinds or kinds != [plain_base(type(container)) for container in known[: len(kinds)]]:
            raise self._failed("refused", "it told of arguments that it was not given")
        self._unsettled = list(zip(known, changes, strict=False))

    def _exception(self, name: str, shown: str, args: tuple[Any, ...]) -> BaseException:
        kind = getattr(builtins, name, None)
        if not isinstance(kind, type) or not issubclass(kind, Exception):
            return self._failed("error", f"{shown}: it ended its process or tried to")
        error = _made(kind, args)
        self.raised.append((error, shown))
        return error

    def _failed(self, outcome: str, detail: str) -> CandidateFault:
        self.fault = self.fault or CandidateFault(outcome, detail)
        return self.fault


def _made(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """An exception of that type, or of the nearest above it that takes these arguments."""
    for base in kind.__mro__:
        try:
            return base(*args)
        except Exception:  # noqa: BLE001, S112 - each type has its own complaint of arguments that do not suit it
            continue
    return Exception(*args)
