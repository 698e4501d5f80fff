from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.server.frames import MAX_BODY_BYTES, FrameSplitter


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\nContent-Type: application/json\r\n\r\n%b" % (len(body), body)


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 30))
def test_bodies_come_out_however_the_stream_is_cut(bodies: list[bytes], size: int) -> None:
    stream = b"".join(map(frame, bodies))
    splitter = FrameSplitter()
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [body for chunk in chunks for body in splitter.feed(chunk)] == bodies


# Without digits: garbage that is itself a header is no garbage.
@given(st.text(alphabet="abc: \r\n{}é", max_size=60))
def test_the_next_message_is_found_after_garbage(garbage: str) -> None:
    assert list(FrameSplitter().feed(garbage.encode() + b"\r\n" + frame(b"{}"))) == [b"{}"]


def test_a_body_longer_than_its_header_says() -> None:
    assert list(FrameSplitter().feed(b"Content-Length: 1\r\n\r\n{}" + frame(b"[]"))) == [b"{", b"[]"]


def test_a_length_out_of_reason_is_no_length() -> None:
    splitter = FrameSplitter()
    assert list(splitter.feed(b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1))) == []
    assert list(splitter.feed(frame(b"{}"))) == [b"{}"]


def test_endless_garbage_is_not_kept() -> None:
    splitter = FrameSplitter()
    for _ in range(100):
        assert list(splitter.feed(b"x" * 10_000)) == []
    assert list(splitter.feed(b"\n" + frame(b"{}"))) == [b"{}"]
