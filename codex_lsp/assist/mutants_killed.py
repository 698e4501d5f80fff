"""Which mutants each test kills, by what it asserts: a mutant that only changes what no test looks at lives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from codex_lsp.assist.kept_test import KeptTest
from codex_lsp.assist.mutants import Mutant
from codex_lsp.assist.written_test import assertion_of
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.function_study import StudyRequest, study_function
from codex_lsp.execution.sandbox import Sandbox

_FIRST = 12
"""Tests that all mutants are run with; the others only meet those that live on."""


async def with_kills(
    tests: Sequence[KeptTest], study: StudyRequest, mutants: Sequence[Mutant], sandbox: Sandbox
) -> tuple[tuple[KeptTest, ...], tuple[Mutant, ...]]:
    """The tests, with the mutants that they kill among what they reach, and the mutants that there was time for.

    Args:
        tests: All that hold.
        study: Of their function, without calls; its limits are those of observing, which takes longest.
        mutants: Of the function, by their numbers.
        sandbox: Where they are run.

    Raises:
        SandboxUnavailable: It could not be started.
    """
    first = _diverse(tests)
    others = [number for number in range(len(tests)) if number not in first]
    killed: dict[int, set[int]] = {number: set() for number in range(len(tests))}
    living, tried = dict(enumerate(mutants)), 0
    for chosen, share in ((first, 1 / 2), (others, 1 / 4)):
        if not chosen or not living:
            continue
        limited = replace(study, limits=replace(study.limits, wall_s=study.limits.wall_s * share))
        found = await _killed([tests[number] for number in chosen], limited, living, sandbox)
        tried = tried or len(found)
        for mutant, killers in found.items():
            for at in killers:
                killed[chosen[at]].add(mutant)
        living = {number: mutants[number] for number, killers in found.items() if not killers}
    reached = tuple(
        replace(test, reached=test.reached | {("mutant", mutant) for mutant in killed[number]})
        for number, test in enumerate(tests)
    )
    return reached, tuple(mutants[:tried])


async def _killed(
    tests: Sequence[KeptTest], study: StudyRequest, mutants: Mapping[int, Mutant], sandbox: Sandbox
) -> dict[int, frozenset[int]]:
    """For each mutant that there was time for, by its number, the places of the tests that kill it."""
    imports = dict.fromkeys(line for test in tests for line in test.imports)
    request = replace(
        study,
        calls=tuple(map(assertion_of, tests)),
        setup="\n".join((study.setup, *imports)),
        mutants=tuple(mutant.source for mutant in mutants.values()),
        coverage=False,
    )
    seen = await in_sandbox(sandbox, partial(study_function, request=request))
    reached = zip(mutants, seen.killed, seen.compared, strict=False)
    return {number: killers for number, killers, compared in reached if compared}


def _diverse(tests: Sequence[KeptTest]) -> list[int]:
    """What the author says, then calls that go other ways or come to something else, the shorter ones first."""
    order = sorted(range(len(tests)), key=lambda at: (not tests[at].is_expectation, len(tests[at].case.call)))
    ways: set[object] = set()
    values: set[object] = set()
    new, same = list[int](), list[int]()
    for at in order:
        way, value = tests[at].reached, (tests[at].value, tests[at].exception)
        (same if way in ways and value in values else new).append(at)
        ways.add(way)
        values.add(value)
    return [*new, *same][:_FIRST]
