"""The base protocol's frames: a stream of bytes becomes message bodies (LSP 3.18, "Base Protocol").

Pure: bytes go in, bodies come out. What is no header is skipped, so that one broken message costs only itself.
"""

import re
from collections.abc import Iterator

# Searched, not matched: after a body that was longer than its header said, the next header follows on the same line.
_CONTENT_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,12})$", re.IGNORECASE)
MAX_BODY_BYTES = 256 * 1024 * 1024
MAX_HEADER_BYTES = 8 * 1024


class FrameSplitter:
    """Collects bytes until they make a body."""

    def __init__(self) -> None:
        """Start at the beginning of a stream."""
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        r"""Take the stream's next bytes and give every body that is complete.

        A length above `MAX_BODY_BYTES` is taken for a broken header and skipped.

        >>> list(FrameSplitter().feed(b"Content-Length: 2\r\n\r\n{}"))
        [b'{}']
        """
        self._buffer += data
        while True:
            if self._in_body:
                length = self._length or 0
                if len(self._buffer) < length:
                    return
                body = bytes(self._buffer[:length])
                del self._buffer[:length]
                self._length, self._in_body = None, False
                yield body
            elif not self._took_header_line():
                return

    def _took_header_line(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            # Endless garbage without a line end: only its tail can still be the start of a header.
            del self._buffer[:-MAX_HEADER_BYTES]
            return False
        line = bytes(self._buffer[max(0, end - MAX_HEADER_BYTES) : end]).strip()
        del self._buffer[: end + 1]
        found = _CONTENT_LENGTH.search(line)
        if found is not None:
            length = int(found[1])
            self._length = length if length <= MAX_BODY_BYTES else None
        elif not line and self._length is not None:
            self._in_body = True
        return True
