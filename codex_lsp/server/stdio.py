"""Standard input and output as the protocol's channel, kept from everything else in the process.

Reading has a thread of its own, on a descriptor of its own: a blocked read then neither holds up the event loop nor
the end of the process, whatever ended it.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable

_CHUNK_BYTES = 64 * 1024
_STDIN, _STDOUT, _STDERR = 0, 1, 2


def claim_stdio() -> tuple[int, int]:
    """Take stdin and stdout for the protocol.

    From now on standard input is empty and what is printed, by whatever library, goes to standard error.

    Returns:
        Private descriptors to read from and to write to.
    """
    reader, writer = os.dup(_STDIN), os.dup(_STDOUT)
    for descriptor in (reader, writer):
        os.set_blocking(descriptor, True)
    os.dup2(_STDERR, _STDOUT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)
    os.close(nothing)
    return reader, writer


async def chunks_of(descriptor: int) -> AsyncIterator[bytes]:
    """The bytes that arrive on `descriptor`, until its end."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    def pump() -> None:
        data = b"-"
        while data:
            try:
                data = os.read(descriptor, _CHUNK_BYTES)
            except OSError:
                data = b""  # A channel that fails has ended.
            try:
                loop.call_soon_threadsafe(queue.put_nowait, data)
            except RuntimeError:
                return  # The loop has gone: nobody reads any more.

    threading.Thread(target=pump, name="codex-lsp stdin", daemon=True).start()
    while data := await queue.get():
        yield data


class DescriptorWriter:
    """Writes whole messages to a descriptor; says once when nobody is there to read them."""

    def __init__(self, descriptor: int, on_lost: Callable[[], None]) -> None:
        """Write to `descriptor`; `on_lost` is called when its other end is closed."""
        self._descriptor = descriptor
        self._on_lost = on_lost
        self._lost = False

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        remaining = memoryview(data)
        while remaining and not self._lost:
            try:
                remaining = remaining[os.write(self._descriptor, remaining) :]
            except OSError:
                self._lost = True
                self._on_lost()

    def close(self) -> None:
        """The descriptor stays open until the process ends: late answers must not hit another file."""


def on_termination(call: Callable[[], None]) -> None:
    """Have the running event loop call `call` on SIGTERM and SIGINT, where the platform has them."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, call)
