"""Peers that are not there are missing, with the reason; wrong answers are failures."""

import sys
from pathlib import Path

import pytest

from benchmarks.peers.child import Child
from benchmarks.peers.llama_cpp import OPTION, LlamaCpp
from benchmarks.peers.peer import Ask, PeerFailed, PeerMissing, Setting, checked
from benchmarks.peers.rendering import rendered
from benchmarks.peers.worker import Worker
from codex_lsp.types import Prompt

ASK = Ask(prompt=Prompt(header=None, prefix="a\nb", suffix="c"), n=2, tokens=3, stops=False, seed=0)


def setting(folder: Path, **options: str) -> Setting:
    return Setting(folder=folder, threads=1, options=options)


def worker(tmp_path: Path, code: str) -> Worker:
    return Worker("peer", [sys.executable, "-c", code], setting(tmp_path), log=tmp_path / "log")


def test_a_server_that_is_not_installed_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PeerMissing, match="no `llama-server` in PATH"):
        LlamaCpp(setting(tmp_path)).start()


def test_weights_that_cannot_be_converted_make_it_missing(tmp_path: Path) -> None:
    with pytest.raises(PeerMissing, match="models export --gguf` failed"):
        LlamaCpp(setting(tmp_path, **{OPTION: sys.executable})).start()


def test_a_program_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PeerMissing, match="cannot be started"):
        Child("peer", [str(tmp_path / "none")], {}, tmp_path / "log")


def test_a_library_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PeerMissing, match="peer: not installed"):
        worker(tmp_path, 'print(\'{"missing": "not installed"}\')')


def test_a_worker_that_ends_says_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(PeerFailed, match=r"ended .*no such thing"):
        worker(tmp_path, "raise SystemExit('no such thing')")


def test_a_worker_answers_or_fails(tmp_path: Path) -> None:
    code = "print('{\"version\": \"1\"}', flush=True)\nfor line in iter(input, ''): print(line, flush=True)"
    peer = worker(tmp_path, code)
    try:
        assert peer.version == "1"
        assert peer.ask({"counts": [3]}) == {"counts": [3]}
        with pytest.raises(PeerFailed, match="out of memory"):
            peer.ask({"failed": "out of memory"})
    finally:
        peer.close()


@pytest.mark.parametrize("counts", [[3], [3, 2], [3, 3, 3]])
def test_rows_that_are_missing_or_short_are_a_failure(counts: list[int]) -> None:
    with pytest.raises(PeerFailed, match="2 times 3"):
        checked(counts, ASK, "peer")


def test_whole_rows_are_taken() -> None:
    assert checked([3, 3], ASK, "peer") == [3, 3]


def test_the_line_of_the_cursor_comes_last() -> None:
    assert rendered(ASK.prompt) == "<|fim_suffix|>c<|fim_prefix|>a\n<|fim_middle|>b"
