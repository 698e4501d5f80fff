"""Which peers are asked where."""

import pytest

from benchmarks.measure import APPEND, Where
from benchmarks.peers.peer import Ask
from benchmarks.peers.registry import PEERS
from benchmarks.shapes import SHAPES
from benchmarks.traces import TRACES


class Silent:
    """A peer that is there."""

    def start(self) -> None: ...

    def version(self) -> str:
        return ""

    def complete(self, ask: Ask) -> list[int]:
        return [ask.tokens] * ask.n

    def close(self) -> None: ...


def asked(trace: str, *, busy: bool, stops: bool) -> set[str]:
    where = Where(SHAPES["tiny"], 1, busy, trace, stops)
    return set(where.asked(dict.fromkeys(PEERS, Silent())))


@pytest.mark.parametrize("busy", [False, True])
def test_all_append_a_character(busy: bool) -> None:  # noqa: FBT001 - a case
    assert asked(APPEND, busy=busy, stops=False) == set(PEERS)


@pytest.mark.parametrize("trace", list(TRACES))
@pytest.mark.parametrize("busy", [False, True])
def test_ours_and_what_is_fast_are_asked_everywhere(trace: str, busy: bool) -> None:  # noqa: FBT001 - a case
    assert asked(trace, busy=busy, stops=False) >= {"ours", "ours_int8", "llama_cpp"}


def test_what_keeps_no_prefix_is_asked_along_one_trace() -> None:
    assert asked("jump", busy=False, stops=False) == {"ours", "ours_int8", "llama_cpp", "hf_kept"}


def test_stops_are_timed_with_all_peers_where_nothing_is_beside_them() -> None:
    assert asked(APPEND, busy=False, stops=True) == set(PEERS)
    assert asked(APPEND, busy=True, stops=True) == {"ours", "ours_int8", "llama_cpp"}
