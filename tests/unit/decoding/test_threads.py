"""How many threads compute is in the environment before torch is there."""

import subprocess
import sys

import pytest

from codex_lsp.decoding.threads import thread_count, thread_environment


@pytest.mark.parametrize("threads", [1, 3])
def test_a_number_is_that_number(threads: int) -> None:
    assert thread_count(threads) == threads
    assert thread_environment(threads)["OMP_NUM_THREADS"] == str(threads)


def test_zero_leaves_a_core_to_the_person() -> None:
    assert thread_count(0) >= 1
    assert thread_environment(0)["OMP_NUM_THREADS"] == str(thread_count(0))


def test_waiting_threads_do_not_spin() -> None:
    assert thread_environment(1)["OMP_WAIT_POLICY"] == "PASSIVE"


def test_it_is_importable_without_torch() -> None:
    code = "import sys, codex_lsp.decoding.threads; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
