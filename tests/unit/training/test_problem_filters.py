"""What may be learned from: nothing of a benchmark, nothing twice, little that differs in names alone."""

import gzip
import json
from pathlib import Path

import pytest

from codex_lsp.training.decontamination import BenchmarkData
from codex_lsp.training.problem import Problem
from codex_lsp.training.problem_filters import MAX_ALIKE, Benchmarks, Dropped, ProblemFilter, shape

BODY = "    total = first\n    for item in others:\n        total += item * weight - offset\n    return total\n"
HEAD = "def weigh(first, others, weight, offset):\n"


def _problem(name: str, body: str, docstring: str = "Some words.") -> Problem:
    return Problem(
        task_id=name,
        prompt=f'def {name}(a, b, c, d):\n    """{docstring}"""\n',
        entry_point=name,
        canonical_solution=body,
        test="def check(candidate):\n    assert candidate\n",
        source="exercises",
        family="some",
    )


@pytest.fixture
def benchmarks(tmp_path: Path) -> Benchmarks:
    (tmp_path / "human-eval").mkdir()
    row = {"prompt": f"def helper(x):\n    return x\n\n{HEAD}", "canonical_solution": BODY, "entry_point": "weigh"}
    (tmp_path / "human-eval" / "HumanEval.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    return Benchmarks.load(BenchmarkData(folder=tmp_path))


def test_a_planted_benchmark_solution_is_dropped(benchmarks: Benchmarks) -> None:
    kept = ProblemFilter(benchmarks)
    planted = _problem("innocent", BODY)
    other = _problem("other", "    return a + b\n")
    assert list(kept.kept([planted, other])) == [other]
    assert kept.dropped == {Dropped.BENCHMARK_WINDOW: 1}


@pytest.mark.parametrize("name", ["weigh", "helper"])
def test_a_function_named_like_one_of_a_benchmark_is_dropped(benchmarks: Benchmarks, name: str) -> None:
    kept = ProblemFilter(benchmarks)
    assert list(kept.kept([_problem(name, "    return a + b\n")])) == []
    assert kept.dropped == {Dropped.BENCHMARK_NAME: 1}


def test_a_prompt_is_kept_once_and_a_body_so_often() -> None:
    kept = ProblemFilter(Benchmarks.load(BenchmarkData()))
    first = _problem("f0", "    return a + b\n")
    alike = [_problem(f"f{number}", f"    x{number} = a + b\n    return x{number}\n") for number in range(1, 99)]
    assert len(list(kept.kept([first, first, *alike]))) == 1 + MAX_ALIKE
    assert kept.dropped == {Dropped.SAME_PROMPT: 1, Dropped.SAME_BODY: len(alike) - MAX_ALIKE}


def test_what_was_kept_before_is_known() -> None:
    problem = _problem("f", "    return a + b\n")
    kept = ProblemFilter(Benchmarks.load(BenchmarkData()))
    kept.remember(problem)
    assert list(kept.kept([problem])) == []


def test_a_shape_knows_constants_and_structure_but_no_names() -> None:
    one = shape('def f(a):\n    """A."""\n    t = 0\n    for x in a:\n        t += x\n    return t\n')
    renamed = shape('def g(data: list):\n    """B."""\n    s = 0\n    for y in data:\n        s += y\n    return s\n')
    assert one == renamed
    assert one != shape('def f(a):\n    """A."""\n    t = 1\n    for x in a:\n        t += x\n    return t\n')
    assert one != shape('def f(a):\n    """A."""\n    return sum(a)\n')
