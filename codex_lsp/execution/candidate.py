"""The program that runs one candidate, inside its sandbox: loads it, answers calls of its function, and is thrown away.

Started ahead of time: it writes one frame, `("ready",)`, and waits. Whoever is at the other end asks, with values of
`encoding`:

- `("load", program, entry_point)`, answered by `("loaded",)`;
- `("call", number, args, kwargs)`, answered by `("returned", number, value, changes)`, the value encoded by itself.

Either may be answered by `("raised", number, name, shown, args, changes)`, with the nearest built-in exception's name
and the exception's own, or by `("refused", number, reason)` where what came out may not cross; `load` has the number 0.
`changes` is None, or a copy of every container among the arguments, in the order of their numbers: what the call left
in them.

Nothing here protects the answers: the candidate shares this process and can send what it likes. It is the asker who
judges them.
"""

from __future__ import annotations

import builtins
import os
import sys

from codex_lsp.execution.channel import Channel, ChannelClosed
from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import EncodingError, encode, plain_base

# Loaded once for every candidate: `typing` and `contextlib` would be most of a worker's start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def serve(channel: Channel) -> None:
    """Say that it is up, and answer until the other end closes."""
    channel.send(encode(("ready",)))
    request = channel.receive()
    _, program, entry_point = decode(request)
    try:
        function = load(program, entry_point)
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is the answer
        channel.send(encode(("raised", 0, *_described(error), None)))
        return
    channel.send(encode(("loaded",)))
    while True:
        channel.send(answer(function, channel.receive()))


def load(program: str, entry_point: str) -> Callable[..., Any]:
    """Run a program as a module of its own and give the function it defines.

    Raises:
        BaseException: Whatever the program raises; `NameError` where it defines no such function.
    """
    module = type(sys)("candidate")
    sys.modules["candidate"] = module
    code = compile(program, "<candidate>", "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - what the sandbox is for
    if entry_point not in module.__dict__:
        raise NameError(f"the program defines no {entry_point}")
    return module.__dict__[entry_point]


def answer(function: Callable[..., Any], request: bytes) -> bytes:
    """The reply to one call."""
    given: list[Any] = []
    call = decode(request, given)
    _, number, args, kwargs = call
    try:
        value = function(*args, **kwargs)
        changes = _changes(call, request, given)
        # Where a call left its arguments as they were, a value may be one of them; else it crosses as it is now.
        alone = encode(value, list(given) if changes is None else [])
        return encode(("returned", number, alone, changes), list(given))
    except EncodingError as error:
        return encode(("refused", number, str(error)))
    except BaseException as error:  # noqa: BLE001 - as above
        return _raised(error, number, call, request, given)


def _raised(error: BaseException, number: int, call: Any, request: bytes, given: list[Any]) -> bytes:
    name, shown, args = _described(error)
    try:
        return encode(("raised", number, name, shown, args, _changes(call, request, given)), list(given))
    except EncodingError:
        return encode(("raised", number, name, shown, (), None))


def _changes(call: Any, request: bytes, given: list[Any]) -> list[Any] | None:
    """Copies of the arguments' containers, or None where the call left all as they were."""
    if not given or encode(call) == request:
        return None
    return [_COPIES[type(container)](container) for container in given]


_COPIES: dict[type, Callable[[Any], Any]] = {list: list.copy, dict: dict.copy, set: set.copy}


def _described(error: BaseException) -> tuple[str, str, tuple[Any, ...]]:
    """The nearest built-in exception's name, the exception's own, and its plain arguments."""
    shown = type(error).__name__
    for kind in type(error).__mro__:
        if getattr(builtins, kind.__name__, None) is kind:
            return kind.__name__, shown, tuple(arg if plain_base(type(arg)) else repr(arg)[:200] for arg in error.args)
    return "Exception", shown, ()


def main() -> None:
    """Serve on the descriptor named by the first argument; started quiet: input is empty, output goes nowhere."""
    try:  # noqa: SIM105 - see above
        serve(Channel(int(sys.argv[1])))
    except ChannelClosed:
        pass
    # Neither threads nor what the candidate has registered to run at exit keep the process.
    os._exit(0)
