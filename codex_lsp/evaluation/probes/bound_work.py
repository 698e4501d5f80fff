"""Functions that change some of their arguments and combine all: which change belongs to which argument must be kept.

The paper's example (section 6): add to one argument, subtract from two others, return the product of all four.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from random import Random

NAMES = ("x", "y", "z", "w", "u", "v")
MOST = len(NAMES)
_LEAST_NAMES = 4
_ROWS_OF_INPUT = 4
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


class Operation(StrEnum):
    """What is done to an argument."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"


class Combination(StrEnum):
    """What is returned of all arguments."""

    PRODUCT = "product"
    SUM = "sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One argument, by number, and what is done to it."""

    argument: int
    operation: Operation
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One function.

    Attributes:
        names: Of its arguments.
        bindings: What is done to some of them, each at most once, in the order of being told.
        is_shared: The last two bindings are the same operation, told in one sentence.
        combination: What is returned.
        inputs: Arguments that it is called with.
    """

    names: tuple[str, ...]
    bindings: tuple[Binding, ...]
    is_shared: bool
    combination: Combination
    inputs: tuple[tuple[int, ...], ...]


def drawn_work(count: int, random: Random) -> Work:
    """A function with `count` bindings whose results tell what was forgotten."""
    while True:
        work = _any_work(count, random)
        results = [tuple(results) for _, results in outcomes_of(work)]
        # In a sum, forgetting two operations may come to the same as forgetting none.
        if len(set(results)) == len(results):
            return work


def _any_work(count: int, random: Random) -> Work:
    """A function with `count` bindings; from two on, half of them tell the last two in one sentence."""
    names = NAMES[: max(count, _LEAST_NAMES)]
    arguments = random.sample(range(len(names)), count)
    bindings = [
        Binding(argument=argument, operation=random.choice(list(Operation)), amount=random.randint(2, 9))
        for argument in arguments
    ]
    is_shared = count > 1 and random.random() < 0.5  # noqa: PLR2004 - a coin
    if is_shared:
        first = bindings[-2]
        bindings[-1] = Binding(argument=arguments[-1], operation=first.operation, amount=first.amount)
    inputs = tuple(tuple(random.randint(11, 97) for _ in names) for _ in range(_ROWS_OF_INPUT))
    return Work(
        names=names,
        bindings=tuple(bindings),
        is_shared=is_shared,
        combination=random.choice(list(Combination)),
        inputs=inputs,
    )


def prompt_of(work: Work, entry_point: str) -> str:
    """A function's head, and a docstring that tells what it does."""
    told: list[str] = []
    separate = work.bindings[:-2] if work.is_shared else work.bindings
    told += [_sentence(binding, work.names[binding.argument]) for binding in separate]
    if work.is_shared:
        one, other = work.bindings[-2:]
        told.append(_sentence(one, f"both {work.names[one.argument]} and {work.names[other.argument]}"))
    number = _NUMBERS[len(work.names)]
    told.append(f"Return the {work.combination.value} of the {number} numbers.")
    return f'def {entry_point}({", ".join(work.names)}):\n    """{" ".join(told)}"""\n'


def _sentence(binding: Binding, target: str) -> str:
    match binding.operation:
        case Operation.ADD:
            return f"Add {binding.amount} to {target}."
        case Operation.SUBTRACT:
            return f"Subtract {binding.amount} from {target}."
        case Operation.MULTIPLY:
            return f"Multiply {target} by {binding.amount}."


def result_of(work: Work, row: Sequence[int], *, without: Sequence[int] = (), combination: Combination) -> int:
    """What comes of one row of input where the bindings at `without` are forgotten."""
    values = list(row)
    for at, binding in enumerate(work.bindings):
        if at in without:
            continue
        value = values[binding.argument]
        match binding.operation:
            case Operation.ADD:
                value += binding.amount
            case Operation.SUBTRACT:
                value -= binding.amount
            case Operation.MULTIPLY:
                value *= binding.amount
        values[binding.argument] = value
    return math.prod(values) if combination is Combination.PRODUCT else sum(values)


def outcomes_of(work: Work) -> list[tuple[str, list[int]]]:
    """What was forgotten, in words that `forgotten_in` reads, and the results for every row; the whole work first."""
    other = Combination.SUM if work.combination is Combination.PRODUCT else Combination.PRODUCT
    found: list[tuple[str, list[int]]] = []
    for combination, word in ((work.combination, "right"), (other, "wrong")):
        for size in range(len(work.bindings) + 1):
            for without in combinations(range(len(work.bindings)), size):
                results = [result_of(work, row, without=without, combination=combination) for row in work.inputs]
                places = ",".join(str(at + 1) for at in without)
                found.append((f"forgot <{places}>, result {word}", results))
    return found


def check_of(work: Work) -> str:
    """The check: right for every row, or what was forgotten is the message of its failure."""
    (_, right), *others = outcomes_of(work)
    return (
        "def check(candidate):\n"
        f"    found = [candidate(*row) for row in {list(work.inputs)!r}]\n"
        f"    if found == {right!r}:\n"
        "        return\n"
        f"    for told, results in {others!r}:\n"
        "        if found == results:\n"
        "            raise AssertionError(told)\n"
        '    raise AssertionError("none of the expected")\n'
    )
