"""Frames on a descriptor: four bytes of length, then as many bytes; the two ends trust each other with nothing."""

import os

from codex_lsp.execution.encoding import MAX_BYTES

_LENGTH_BYTES = 4
_CHUNK = 1 << 20


class ChannelClosed(Exception):
    """The other end has ended."""


class ChannelGarbled(Exception):
    """The other end announced more than a frame may hold."""


class Channel:
    """One end of a pair of connected sockets.

    Attributes:
        fd: The descriptor, owned by this object.
    """

    def __init__(self, fd: int) -> None:
        """Take over the descriptor."""
        self.fd = fd

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Write one frame.

        Args:
            frame: At most `MAX_BYTES` long.
            deadline: Of `time.monotonic`, in seconds; needs a descriptor that does not block.

        Raises:
            ChannelClosed: Nobody reads it.
            TimeoutError: The deadline passed first.
        """
        rest = memoryview(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)
        while rest:
            try:
                rest = rest[os.write(self.fd, rest) :]
            except BlockingIOError:
                self._wait(deadline, writing=True)
            except OSError as error:
                raise ChannelClosed from error

    def receive(self, deadline: float | None = None) -> bytes:
        """Read one frame.

        Args:
            deadline: As in `send`; any descriptor will do.

        Raises:
            ChannelClosed: The other end ended, before a frame or inside one.
            ChannelGarbled: It is larger than a frame may be.
            TimeoutError: The deadline passed first.
        """
        length = int.from_bytes(self._read(_LENGTH_BYTES, deadline), "big")
        if length > MAX_BYTES:
            raise ChannelGarbled(f"a frame of {length} bytes")
        return self._read(length, deadline)

    def close(self) -> None:
        """Close the descriptor; the other end reads its end."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)

    def _read(self, count: int, deadline: float | None) -> bytes:
        parts: list[bytes] = []
        while count:
            if deadline is not None:
                self._wait(deadline)
            try:
                part = os.read(self.fd, min(count, _CHUNK))
            except BlockingIOError:
                self._wait(deadline)
                continue
            except OSError as error:
                raise ChannelClosed from error
            if not part:
                raise ChannelClosed
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, deadline: float | None, *, writing: bool = False) -> None:
        import select  # noqa: PLC0415 - workers, whose start everybody waits for, have no deadlines
        import time  # noqa: PLC0415

        poll = select.poll()
        poll.register(self.fd, select.POLLOUT if writing else select.POLLIN)
        left_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        if not poll.poll(left_ms):
            raise TimeoutError
