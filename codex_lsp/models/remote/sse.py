"""Server-sent events: bytes of a stream to the data of each event."""

from collections.abc import AsyncGenerator, AsyncIterable

from codex_lsp.models.wire import WireError

# One event holds one token or one line; a megabyte without a line end is no event stream.
MAX_LINE_BYTES = 1024 * 1024


async def event_data(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """The data of each event, in order; comments and other fields are skipped.

    Lines end at a line feed (a carriage return before it is dropped) and nowhere else: JSON may hold U+2028 and its
    like, at which text-mode line readers split.

    Raises:
        WireError: A line is over a megabyte.
        UnicodeDecodeError: A line is not UTF-8.
    """
    data: list[str] = []
    async for line in _lines(chunks):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8")
        if len(rest) > MAX_LINE_BYTES:
            raise WireError("a line without an end")
    if rest:
        yield rest.removesuffix(b"\r").decode("utf-8")
