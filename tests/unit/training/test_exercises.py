"""The families of exercises: every one yields problems, all bodies of a draw agree, and a seed decides everything."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.training.exercises.draft import Draft, Parameter, Unsound
from codex_lsp.training.exercises.drawing import drawn, drawn_exercises, families
from codex_lsp.training.exercises.families import described_families
from codex_lsp.training.exercises.observing import observe
from codex_lsp.training.exercises.templates import Names, choose, fill, written_names
from codex_lsp.training.exercises.values import KINDS, draw
from codex_lsp.training.problem import Problem
from codex_lsp.training.problem_verification import verified

FEWEST_FAMILIES = 300
TRIES = 8


@pytest.fixture(scope="module")
def turn() -> list[Problem]:
    return list(drawn_exercises(7, 0, Counter()))


def _problem(family: object, seed: int) -> Problem | None:
    for number in range(TRIES):
        try:
            return drawn(family, number, seed)  # type: ignore[arg-type]
        except Unsound:
            continue
    return None


def test_every_family_yields_problems_and_its_names_are_unique() -> None:
    everyone = families()
    assert len({family.name for family in everyone}) == len(everyone) >= FEWEST_FAMILIES
    assert [family.name for family in everyone if _problem(family, seed=3) is None] == []


def test_what_is_drawn_holds_in_the_sandbox(sandbox: Sandbox, turn: list[Problem]) -> None:
    kept, refuted = verified(sandbox, turn, hash_seeds=(1,))
    assert [(wrong.problem.task_id, wrong.reason) for wrong in refuted] == []
    assert len(kept) == len(turn) > FEWEST_FAMILIES


def test_a_problem_is_a_function_whose_body_is_missing(turn: list[Problem]) -> None:
    for problem in turn:
        assert problem.prompt.endswith(('"""\n', "'''\n"))
        assert f"def {problem.entry_point}(" in problem.prompt
        assert problem.canonical_solution.startswith("    ")
        assert problem.test.startswith("def check(candidate):\n    assert ")
        compile(problem.program, problem.task_id, "exec")


def test_the_same_seed_gives_the_same_and_another_seed_others(turn: list[Problem]) -> None:
    again = list(drawn_exercises(7, 0, Counter()))
    assert again == turn
    other = {problem.task_id: problem for problem in drawn_exercises(8, 0, Counter())}
    changed = [problem for problem in turn if other.get(problem.task_id) != problem]
    assert len(changed) > len(turn) / 2


def test_wording_names_and_bodies_vary_within_a_family() -> None:
    family = next(family for family in described_families() if family.name == "list_sum")
    made = [drawn(family, number, 1) for number in range(40)]
    assert len({problem.prompt for problem in made}) == len(made)
    assert len({problem.canonical_solution for problem in made}) > len(family.bodies)


def _draft(*bodies: str, inputs: tuple[tuple[object, ...], ...] = ((1,), (2,), (3,))) -> Draft:
    parameter = Parameter(name="x", type="int", kind="0..9")
    return Draft(
        family="f", name="f", parameters=(parameter,), returns="int", sentences="S.", bodies=bodies, inputs=inputs
    )


def test_a_draft_is_refused_where_its_bodies_disagree_fail_or_tell_nothing() -> None:
    assert [example.result for example in observe(_draft("return x + 1", "x += 1\nreturn x"))] == [2, 3, 4]
    with pytest.raises(Unsound, match="disagree"):
        observe(_draft("return x + 1", "return x + 1.0"))
    with pytest.raises(Unsound, match="ZeroDivisionError"):
        observe(_draft("return 1 // (x - 2)"))
    with pytest.raises(Unsound, match="do not differ"):
        observe(_draft("return 5"))
    with pytest.raises(Unsound, match="does not compile"):
        observe(_draft("return ("))


def test_a_body_that_changes_its_argument_does_not_change_the_example() -> None:
    examples = observe(_draft("x.append(len(x))\nreturn x", inputs=(([1],), ([],))))
    assert [(example.arguments, example.result) for example in examples] == [(([1],), [1, 1]), (([],), [0])]


@given(st.integers(0, 10_000))
def test_a_choice_leaves_nothing_open_and_code_alone(seed: int) -> None:
    text = choose("<a|b<c|d>|> if x < y or z > 2: $n", Random(seed))
    assert text.removesuffix(" if x < y or z > 2: $n") in {"a", "bc", "bd", ""}


@given(st.integers(0, 10_000))
def test_variables_have_names_of_their_own(seed: int) -> None:
    body = "$x = 1\n$y = 2\nvalue = $x\n$numbers.sort()\nreturn $test.code"
    names = Names(Random(seed), written_names([body]))
    filled = fill(body, {"test": {"code": "$x > 3"}}, names)
    assert len({names["x"], names["y"], names["numbers"], "value"}) == 4
    assert filled.endswith(f"{names['numbers']}.sort()\nreturn {names['x']} > 3")


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10_000))
def test_arguments_have_literals_that_give_them_back(kind: str, seed: int) -> None:
    value = draw(kind, Random(seed))
    assert eval(repr(value)) == value  # noqa: S307 - of our own
