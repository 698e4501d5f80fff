"""Generate tests: real files, a real sandbox, and what a person would see."""

import asyncio
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.assist.generate_tests import generate_tests
from codex_lsp.assist.result import NOT_RUN, AssistResult
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, everything
from tests.benches import bench_of, project_in, request_at
from tests.closed_folder import as_nobody

CLAMP = '''def clamp(value, low, high):
    """Keep a value in a range.

    >>> clamp(5, 0, 3)
    3
    >>> clamp(-1, 0, 3)
    -1
    """
    if low > high:
        raise ValueError("low is above high")
    if value < low:
        return low
    return min(value, high)
'''
EXISTING = """import unittest
from shapes import area


class AreaTest(unittest.TestCase):
  def test_area(self):
    self.assertEqual(area(2, 3), 6)


if __name__ == '__main__':
  unittest.main()
"""
SHAPES = """import math
from dataclasses import dataclass


def area(width, height):
    if width == 'unit':
        return 1
    return width * height


@dataclass
class Circle:
    radius: float

    def area(self) -> float:
        return math.pi * self.radius ** 2


async def later(n: int) -> str:
    return "even" if n % 2 == 0 else "odd"


def reset(values: list[int]) -> None:
    for at, value in enumerate(values):
        if value < 0:
            values[at] = 0


def log(text: str) -> None:
    with open("log.txt", "a") as file:
        file.write(text)


def wait(n: int) -> None:
    while True:
        n += 1
"""


async def generated(path: Path, marker: str, sandbox: Sandbox | None, *, trusted: bool = True) -> AssistResult:
    return await generate_tests(request_at(path, marker, trusted=trusted), bench_of(None, sandbox))


async def test_what_holds_is_kept_and_what_the_docstring_gets_wrong_is_reported(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = project_in(tmp_path, clamp=CLAMP) / "clamp.py"
    model = ScriptedModel(("clamp(41, 7, 42) == 0",))
    result = await generate_tests(request_at(path, "def clamp"), bench_of(model, sandbox))
    [edit] = result.edits
    assert (edit.path, edit.before) == (path.parent / "tests" / "test_clamp.py", None)
    assert edit.after.startswith(
        "import pytest\n\nfrom clamp import clamp\n\n\n# What the docstring of `clamp` says.\n"
    )
    assert "def test_clamp_docstring_example():\n    assert clamp(5, 0, 3) == 3\n" in edit.after
    assert "\n\n\n# Characterisation of `clamp`: what it does today, which nobody has said is right.\n" in edit.after
    assert "    with pytest.raises(ValueError):\n        clamp(" in edit.after
    assert [each.detail for each in result.verdicts if each.outcome == "failed"] == [
        "`clamp(-1, 0, 3)` should be -1; it is 0"
    ]
    assert "-1" not in edit.after.split("# Characterisation")[0]
    figures = result.figures
    assert (figures["branches"], figures["possible_bugs"]) == (1.0, 1.0)
    assert figures["tests"] == sum(each.kept for each in result.verdicts)
    killed, mutants = figures["mutants_killed"], figures["mutants"]
    assert killed is not None
    assert mutants is not None
    assert mutants * 0.6 <= killed < mutants
    assert "1 possible bug: `clamp(-1, 0, 3)` should be -1; it is 0" in result.message


async def test_tests_go_into_the_project_s_own_file_in_its_own_style(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, shapes=SHAPES, test_shapes=EXISTING) / "shapes.py"
    [edit] = (await generated(path, "def area(width", sandbox)).edits
    assert edit.before == EXISTING
    head = EXISTING[: EXISTING.index("\n\n\nif")]
    assert edit.after.endswith(EXISTING[EXISTING.index("\n\n\nif") :])
    added = edit.after.removeprefix(head)
    assert added.startswith("\n\n\nclass AreaTest2(unittest.TestCase):\n  # Characterisation of `area`")
    assert "self.assertEqual(area('unit', " in added
    # What the file has tested already is not tested again.
    assert "area(2, 3)" not in added


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("def area(self)", "assert Circle(0.5).area() == pytest.approx(0.785398163)"),
        ("async def later", 'assert asyncio.run(later(2)) == "even"'),
        ("def reset", "    reset(values)\n    assert values == [1, 0]"),
    ],
)
async def test_however_a_function_is_called(tmp_path: Path, sandbox: Sandbox, marker: str, expected: str) -> None:
    path = project_in(tmp_path, shapes=SHAPES) / "shapes.py"
    [edit] = (await generated(path, marker, sandbox)).edits
    assert expected in edit.after


@pytest.mark.parametrize(
    ("marker", "seen"),
    [
        ("def log", "calls); move what can be computed into a function that returns it"),
        ("def wait", "calls); mend the loop, or show a call in its docstring that ends"),
    ],
)
async def test_nothing_to_hold_on_to_is_no_edit(tmp_path: Path, sandbox: Sandbox, marker: str, seen: str) -> None:
    result = await generated(project_in(tmp_path, shapes=SHAPES) / "shapes.py", marker, sandbox)
    assert (result.edits, result.figures["tests"]) == ((), 0.0)
    assert [verdict.kept for verdict in result.verdicts] == [False]
    assert seen in result.message


async def test_examples_are_offered_not_run_where_nothing_may_run(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, clamp=CLAMP) / "clamp.py"
    for result, why in (
        (await generated(path, "def clamp", sandbox, trusted=False), "a workspace that is not trusted"),
        (await generated(path, "def clamp", None), "no sandbox here; install bubblewrap"),
    ):
        [edit] = result.edits
        assert "# What the docstring of `clamp` says. Not run yet.\n" in edit.after
        assert "assert clamp(-1, 0, 3) == -1" in edit.after
        assert {each.outcome for each in result.verdicts} == {NOT_RUN}
        assert why in result.message
        assert result.message.startswith("2 tests of clamp from its docstring, not run: ")


async def test_calls_that_stand_in_the_test_file_are_not_written_again(tmp_path: Path, sandbox: Sandbox) -> None:
    there = "import clamp as c\n\n\ndef test_there():\n    assert (c.clamp(5, 0, 3), c.clamp(-1, 0, 3)) == (3, 0)\n"
    path = project_in(tmp_path, clamp=CLAMP, test_clamp=there) / "clamp.py"
    not_run = await generated(path, "def clamp", sandbox, trusted=False)
    assert not_run.edits == ()
    assert "the calls in test_clamp.py are those of its docstring already" in not_run.message
    [edit] = (await generated(path, "def clamp", sandbox)).edits
    assert edit.after.count("clamp(5, 0, 3)") == 1


async def test_with_consent_and_no_sandbox_what_somebody_wrote_down_is_run(tmp_path: Path) -> None:
    async def consent() -> bool:
        return True

    path = project_in(tmp_path, clamp=CLAMP) / "clamp.py"
    bench = replace(bench_of(ScriptedModel(("clamp(9, 9, 9)",)), None), may_run_unsandboxed=consent)
    result = await generate_tests(request_at(path, "def clamp"), bench)
    [edit] = result.edits
    assert "assert clamp(5, 0, 3) == 3" in edit.after
    assert "Characterisation" not in edit.after
    assert (result.figures["mutants"], result.figures["possible_bugs"]) == (0.0, 1.0)


async def test_without_pytest_in_the_project_the_command_that_brings_it_is_told(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    root = project_in(tmp_path, clamp=CLAMP)
    venv.create(root / ".venv", symlinks=True)
    with pytest.raises(AssistRefused, match=r"pytest is not installed for .*; run: .*/python -m pip install pytest"):
        await generated(root / "clamp.py", "def clamp", sandbox)


async def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, sandbox: Sandbox) -> None:
    root = project_in(tmp_path, shapes=SHAPES, broken="def f(:\n", **{"not-a-name": "def f(x):\n    return x\n"})
    (root / "taken.py").write_text("def test_me(x):\n    return x\n")
    (root / "later.py").write_text("def f(x):\n    'Give x.'\n    raise NotImplementedError\n")
    for name, marker, message in (
        ("shapes.py", "import math", "line 1 is in no function; put the cursor into the function that is meant"),
        ("broken.py", "def f", "line 1 does not parse"),
        ("not-a-name.py", "def f", "no test can import not-a-name.py by that name"),
        ("later.py", "def f", "`f` has no body yet, and tests would pin that; solve it first, or write one"),
        ("taken.py", "def test_me", "pytest takes `test_me` for a test itself"),
    ):
        with pytest.raises(AssistRefused, match=message):
            await generated(root / name, marker, sandbox)
    with pytest.raises(AssistRefused, match="shows no call with its value"):
        await generated(root / "shapes.py", "def area(width", None)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    root = project_in(tmp_path, shapes=SHAPES)
    with as_nobody(root), pytest.raises(AssistRefused, match=r"cannot be written, and the tests belong there"):
        await generated(root / "shapes.py", "def area(width", sandbox)


async def test_a_model_that_never_ends_costs_its_cases_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, clamp=CLAMP) / "clamp.py"

    async def never(_: int) -> None:
        await asyncio.Event().wait()

    chats = replace(everything("chats"), chat=True)
    model = ScriptedModel(("clamp(41, 7, 42)",), capabilities=chats, before_step=never)
    result = await generate_tests(request_at(path, "def clamp"), bench_of(model, sandbox, timeout_s=8))
    assert (len(model.requests), model.running) == (1, 0)
    assert len(result.edits) == 1


TWICE = """try:
    from missing_module import shout
except ImportError:
    def shout(text: str) -> str:
        return text.upper()

if len("a") == 2:
    def quiet(text: str) -> str:
        return text.lower()
else:
    def quiet(text: str) -> str:
        return text.casefold()

if len("a") == 2:
    def never(text: str) -> str:
        return text

def insort(values, value):
    values.append(value)

from _bisect import insort_right as insort
"""


@pytest.mark.parametrize(
    ("marker", "refused"),
    [
        (
            "return text.lower",
            r"`quiet` of line 8 is not the one that counts .* put the cursor into the one of line 11",
        ),
        ("def never", r"importing it defines no `never`"),
        ("def insort", r"`insort` of line 18 is not the one that counts .*: that one is of `_bisect`"),
    ],
)
async def test_a_definition_that_does_not_count(tmp_path: Path, sandbox: Sandbox, marker: str, refused: str) -> None:
    path = project_in(tmp_path, loud=TWICE) / "loud.py"
    with pytest.raises(AssistRefused, match=refused):
        await generated(path, marker, sandbox)


SHOP = """from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from money import Currency, Price

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


def total(price: Price, count: int) -> int:
    if price.currency is Currency.EUR:
        return price.cents * count
    return 0


def year_of(day: date, share: Decimal) -> int:
    return day.year if share > 0 else 0


class Label:
    def __init__(self, text):
        self.text = text.strip()

    def __lt__(self, other: Label) -> bool:
        return self.text < other.text


def guess(pattern):
    return pattern.startswith("a") and pattern[::-1]
"""
MONEY = """from dataclasses import dataclass
from enum import Enum


class Currency(Enum):
    EUR = 1
    USD = 2


@dataclass(frozen=True)
class Price:
    cents: int
    currency: Currency
"""


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("def total", "total(Price("),
        ("def year_of", "year_of(date("),
        ("def __init__", "assert vars(Label("),
        ("def __lt__", '(Label("'),
        ("def guess", 'guess("a'),
    ],
)
async def test_classes_from_elsewhere_and_parameters_without_annotations(
    tmp_path: Path, sandbox: Sandbox, marker: str, expected: str
) -> None:
    path = project_in(tmp_path, shop=SHOP, money=MONEY) / "shop.py"
    [edit] = (await generated(path, marker, sandbox)).edits
    assert expected in edit.after


KEPT = """from pathlib import Path


def token() -> str:
    \"\"\"Read it.

    >>> token()
    'abc'
    \"\"\"
    return (Path(__file__).parent / ".env").read_text()


def needs_more(function):
    return lambda one, two, three: function(one)


@needs_more
def half(value: int) -> float:
    return value / 2
"""


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("def token", "it asks .env, which is kept from code that is run"),
        ("def half", "(its decorator `needs_more` may take others)"),
    ],
)
async def test_why_nothing_is_found_says_what_would_help(
    tmp_path: Path, sandbox: Sandbox, marker: str, said: str
) -> None:
    path = project_in(tmp_path, kept=KEPT) / "kept.py"
    path.with_name(".env").write_text("abc")
    result = await generated(path, marker, sandbox)
    assert result.edits == ()
    assert said in result.message


async def test_tests_that_are_no_folder(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, shapes=SHAPES) / "shapes.py"
    path.with_name("tests").write_text("a file")
    with pytest.raises(AssistRefused, match="tests is no folder, and the tests belong below it; rename it"):
        await generated(path, "def area(width", sandbox)
