"""Tracing a package of ours in the sandbox, from its tests to problems that hold."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_lsp.execution.encoding import encode
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.training.problem import Problem
from codex_lsp.training.problem_verification import verified
from codex_lsp.training.problems import candidate_problems
from codex_lsp.training.tracing import Trace, TracedPackage, read_calls, trace

SOURCE = '''
import random
import textwrap
from .other import outside

LIMIT = 3
SHOWN = []


def shorten(text, width=LIMIT):
    """Cut a text and mark the cut.

    >>> shorten('abcdef', 4)
    'abcd...'
    """
    if len(text) <= width:
        return text
    return text[:width] + mark()


def mark():
    return "..."


def indent(text, *, by=2):
    """Indent every line."""
    return textwrap.indent(text, " " * by)


def grow(items):
    """Append the length."""
    items.append(len(items))
    return items


def checked(number):
    """Refuse what is negative."""
    if number < 0:
        raise ValueError(number)
    return number * 2


def moody(number):
    """A number that nobody knows."""
    return number + random.random()


def silent(number):
    return number + 1


def leaning(number):
    """Uses another module."""
    return outside(number)


def shown(number):
    """Remembers what it was asked."""
    SHOWN.append(number)
    return len(SHOWN)


def opaque(number):
    """Returns what has no literal."""
    return object() if number else None


def numbers(count):
    """A generator."""
    yield from range(count)
'''
TESTS = """
import pytest
from tiny import core


def test_all():
    for text in ("a", "abcd", "abcdefgh"):
        core.shorten(text)
        core.indent(text, by=len(text))
    for number in range(3):
        core.grow([7] * number)
        core.checked(number)
        core.moody(number)
        core.silent(number)
        core.leaning(number)
        core.shown(number)
        core.opaque(number)
        list(core.numbers(number))
    with pytest.raises(ValueError):
        core.checked(-1)


def test_that_fails():
    assert core.checked(50) == 3
"""


@pytest.fixture(scope="module")
def package() -> Iterator[TracedPackage]:
    root = Path(tempfile.mkdtemp(prefix="codex-lsp-tracing-"))
    root.chmod(0o755)
    (root / "tiny").mkdir()
    (root / "tiny" / "__init__.py").touch()
    (root / "tiny" / "core.py").write_text(SOURCE)
    (root / "tiny" / "other.py").write_text('def outside(x):\n    """Doubles."""\n    return x * 2\n')
    (root / "tiny" / "tests").mkdir()
    (root / "tiny" / "tests" / "test_core.py").write_text(TESTS)
    yield TracedPackage(name="tiny", version="1.0", root=root, tests=(root / "tiny",))
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def seen(sandbox: Sandbox, package: TracedPackage) -> Trace:
    return trace(sandbox, package)


@pytest.fixture(scope="module")
def made(package: TracedPackage, seen: Trace) -> dict[str, Problem]:
    return {problem.entry_point: problem for problem in candidate_problems(package, seen)}


def test_calls_are_seen_with_their_arguments_as_they_were(seen: Trace) -> None:
    assert len(seen.ended) == 1
    assert "1 failed" in seen.ended[0]
    grown = [call for call in seen.calls if call.name == "grow"]
    assert [(call.arguments, call.result) for call in grown] == [(([7] * n,), [7] * n + [n]) for n in range(3)]
    assert {call.path for call in seen.calls} == {"tiny/core.py", "tiny/other.py"}


def test_what_raised_has_no_plain_result_or_is_a_generator_is_not_seen(seen: Trace) -> None:
    checked = [call.arguments for call in seen.calls if call.name == "checked"]
    assert checked == [(0,), (1,), (2,), (50,)]
    assert [call.arguments for call in seen.calls if call.name == "opaque"] == [(0,)]
    assert not any(call.name == "numbers" for call in seen.calls)


def test_functions_that_stand_alone_become_problems(made: dict[str, Problem]) -> None:
    assert made.keys() >= {"shorten", "indent", "grow", "checked", "outside"}
    assert not made.keys() & {"silent", "leaning", "opaque", "numbers", "mark"}
    shorten = made["shorten"]
    assert shorten.prompt.startswith("LIMIT = 3\n\n\ndef mark():\n    return")
    assert shorten.prompt.endswith('    \'abcd...\'\n    """\n')
    assert shorten.canonical_solution.startswith("    if len(text) <= width:\n")
    assert "    assert candidate('abcdef', 4) == 'abcd...'\n" in shorten.test
    assert shorten.task_id == "traced/tiny/1.0/tiny.core.shorten"
    assert "by=4) == '    abcd'" in made["indent"].test
    assert made["indent"].prompt.startswith("import textwrap\n\n\ndef indent")


def test_what_gives_another_answer_each_time_is_refuted(sandbox: Sandbox, made: dict[str, Problem]) -> None:
    kept, refuted = verified(sandbox, list(made.values()), hash_seeds=(0, 1))
    assert {problem.entry_point for problem in kept} == {"shorten", "indent", "grow", "checked", "outside"}
    assert {wrong.problem.entry_point for wrong in refuted} == made.keys() - {problem.entry_point for problem in kept}
    assert "moody" in {wrong.problem.entry_point for wrong in refuted}


def test_frames_that_are_no_calls_are_left_out() -> None:
    call = encode((encode(("a.py", "f", (1,), {})), 2))
    wrong = [b"", b"x", encode(3), encode((b"x", 2)), encode((encode(("a.py", "no name", (), {})), 2))]
    frames = b"".join(len(frame).to_bytes(4, "big") + frame for frame in [*wrong, call])
    assert [(found.name, found.result) for found in read_calls(frames + b"\x00\x00\x10\x00cut")] == [("f", 2)]
