from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.models.remote.sse import MAX_LINE_BYTES, event_data


async def read(chunks: list[bytes]) -> list[str]:
    async def stream() -> AsyncGenerator[bytes, None]:
        for chunk in chunks:
            yield chunk

    return [data async for data in event_data(stream())]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))), st.integers(1, 7))
async def test_events_survive_any_cut_of_the_stream(events: list[str], size: int) -> None:
    stream = b"".join(b"data: " + event.encode() + b"\r\n\r\n" for event in events)
    assert await read([stream[start : start + size] for start in range(0, len(stream), size)]) == events


async def test_comments_and_other_fields_are_skipped() -> None:
    assert await read([b": keep-alive\n\nevent: delta\nid: 1\ndata:a\ndata: b\n\n"]) == ["a\nb"]


async def test_lines_end_at_line_feeds_only() -> None:
    assert await read(["data: a\u2028b\x0cc\x85d\n\n".encode()]) == ["a\u2028b\x0cc\x85d"]


async def test_the_last_event_needs_no_empty_line() -> None:
    assert await read([b"data: a\n\ndata: b"]) == ["a", "b"]


@pytest.mark.parametrize("chunks", [[b"x" * (MAX_LINE_BYTES + 1)], [b"data: \xff\n\n"]])
async def test_what_is_no_event_stream_is_told(chunks: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"line|utf-8"):
        await read(chunks)
