"""`python -m benchmarks.keystroke --quick --json` on a tiny shape: the promised fields are there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIGURES = {
    "ours_p50_ms",
    "hf_p50_ms",
    "llama_cpp_p50_ms",
    "ratio_hf",
    "ratio_llama_cpp",
    "ratio_four_to_one",
    "ratio_floor",
}


@pytest.mark.timeout(300)
def test_the_quick_benchmark_gives_its_figures(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.keystroke", "--quick", "--json", "--shapes", "tiny", "--repeats", "2"]
    command += ["--prompt-tokens", "200", "--peers", "ours", "llama_cpp", "--work", str(tmp_path)]
    environment = {**os.environ, "PATH": str(tmp_path), "BENCH_LLAMA_SERVER": ""}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert set(figures) >= FIGURES
    measured = {name: figures[name] for name in ("ours_p50_ms", "ratio_four_to_one", "ratio_floor")}
    assert all(value > 0 for value in measured.values())
    assert figures["hf_p50_ms"] is figures["ratio_hf"] is figures["llama_cpp_p50_ms"] is None
    assert figures["missing"]["hf"] == "left out by --peers"
    assert "no `llama-server` in PATH" in figures["missing"]["llama_cpp"]
