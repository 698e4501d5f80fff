"""Sorts what was seen of the calls: tests that hold, examples that do not, and calls nothing can be made of."""

import ast
import builtins
import re
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import dedent

from codex_lsp.assist.case import Case
from codex_lsp.assist.function import PythonFunction, own_nodes
from codex_lsp.assist.kept_test import KeptTest, LeftOut, PossibleBug
from codex_lsp.assist.module_names import module_names
from codex_lsp.assist.same_value import agrees, same_kind
from codex_lsp.execution.branch_arcs import Arc
from codex_lsp.execution.function_study import Study
from codex_lsp.execution.study_reading import NOT_REACHED, Observation

BRANCH, AROUND = "branch", "around"
"""What tests reach: branches of the function, and those of what it calls in its module."""
_MOST_VALUE = 400
"""Characters of a value: a longer one is no test that somebody reads."""
IDLE = "returns nothing and changes nothing that a test could see"
SIDE_EFFECTS, ENDLESS = "has side effects", "does not end in time"
NOT_REACHED_REASON, _NOT_MADE = "was not reached", "has arguments that cannot be made"
_BEFORE = "raises before the function is called"
_UNSEEN = {"timed out": ENDLESS, "died": "ends its process"}
_EXCEPTIONS = ("Error", "Exception", "Warning")
_MAKING = ("__init__", "__new__", "__post_init__")
_MISSING = frozenset({"NameError", "ImportError", "ModuleNotFoundError", "SyntaxError"})
_DOCUMENTED = re.compile(
    r":raises?[ ]+([\w.]+)|^[ \t]*([A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt))\b", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCases:
    """All cases, by what they came to."""

    tests: tuple[KeptTest, ...]
    bugs: tuple[PossibleBug, ...]
    left_out: tuple[LeftOut, ...]


def seen_cases(cases: Sequence[Case], study: Study, function: PythonFunction, tree: ast.Module) -> SeenCases:
    """Sort the cases by their observations.

    Args:
        cases: In the order of the study's calls.
        study: Of the function.
        function: It.
        tree: Of its module.
    """
    deliberate = raised_deliberately(function, tree)
    found = [
        _seen(
            case,
            observation,
            deliberate,
            function,
            frozenset(_way(arc, function) for arc in observation.arcs & study.branches),
        )
        for case, observation in zip(cases, study.observations, strict=True)
    ]
    tests = [each for each in found if isinstance(each, KeptTest)]
    idle = _idle(tests) if returns_nothing(function) else []
    return SeenCases(
        tests=tuple(test for test in tests if test not in idle),
        bugs=tuple(each for each in found if isinstance(each, PossibleBug)),
        left_out=(
            *(LeftOut(case=test.case, reason=IDLE) for test in idle),
            *(each for each in found if isinstance(each, LeftOut)),
        ),
    )


def _idle(tests: Sequence[KeptTest]) -> list[KeptTest]:
    """Of a function that returns nothing, the calls that show nothing.

    That one changes nothing says something where others change what they are given, and nothing where none does.
    """
    blank = [test for test in tests if test.value is not None and test.case.effect is None and not test.is_expectation]
    looked = [test for test in tests if test.value is not None and test.case.effect is not None]
    same = [test for test in looked if _is_unchanged(test)]
    return [*blank, *(same if len(same) == len(looked) else ())]


def _is_unchanged(test: KeptTest) -> bool:
    before = test.case.effect.before if test.case.effect is not None else None
    return before is not None and agrees(before, test.value or "None", loose=False) is True


def raised_deliberately(function: PythonFunction, tree: ast.Module) -> frozenset[str]:
    """Names of the exceptions that the function means to raise.

    Those are what it raises itself or what functions of its module raise that it calls, what its docstring tells of,
    and the exceptions that the module has of its own.
    """
    own = list(_own(function))
    names = {*_raised_by(own), *_own_exceptions(tree)}
    definitions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    seen, pending = set[str](), _called(own)
    while pending:
        name = pending.pop()
        seen.add(name)
        for node in definitions:
            if node.name == name:
                inner = list(_run_with(node))
                names |= _raised_by(inner)
                pending |= _called(inner) - seen
    documented = _DOCUMENTED.findall(function.docstring or "")
    return frozenset(names | {name.rpartition(".")[2] for pair in documented for name in pair if name})


def is_own(arc: Arc, function: PythonFunction) -> bool:
    """Whether a branch of a module is one of a function's: a way leads on from a function's line to what follows it."""
    return all(function.line <= abs(line) <= function.end_line for line in arc)


def _is_entered(seen: Observation, function: PythonFunction) -> bool:
    return any(function.line <= abs(line) <= function.end_line for arc in seen.arcs for line in arc)


def _way(arc: Arc, function: PythonFunction) -> tuple[str, Arc]:
    return (BRANCH if is_own(arc, function) else AROUND, arc)


def is_at_home(seen: Observation, deliberate: Container[str]) -> bool:
    """Whether a call gave its function something of a kind that it takes: it returned, or refused on purpose."""
    if seen.outcome == "raised":
        return (seen.exception or "").rpartition(".")[2] in deliberate
    return seen.outcome in ("returned", "timed out")


def _run_with(node: ast.FunctionDef | ast.ClassDef) -> Iterator[ast.AST]:
    """What a call of a function runs; of a class, what makes its instance."""
    if isinstance(node, ast.FunctionDef):
        yield from own_nodes(node)
    else:
        made = (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name in _MAKING)
        yield from (inner for each in made for inner in own_nodes(each))


def _raised_by(nodes: Iterable[ast.AST]) -> set[str]:
    raised = [node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc is not None]
    return {ast.unparse(each.func if isinstance(each, ast.Call) else each).rpartition(".")[2] for each in raised}


def _called(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of what is called, by its name or as a method."""
    functions = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in functions}


def _own_exceptions(tree: ast.Module) -> set[str]:
    """Exceptions that a module defines or imports: nobody raises those by accident."""
    return {name for name in module_names(tree) if name.endswith(_EXCEPTIONS) and not hasattr(builtins, name)}


def returns_nothing(function: PythonFunction) -> bool:
    """Whether no path through it gives a value; of `__init__`, the instance is the value."""
    if function.is_generator or function.is_property or function.name == "__init__":
        return False
    returned = [node.value for node in _own(function) if isinstance(node, ast.Return)]
    return all(value is None or (isinstance(value, ast.Constant) and value.value is None) for value in returned)


def _own(function: PythonFunction) -> Iterator[ast.AST]:
    return (node for each in ast.parse(dedent(function.source)).body for node in own_nodes(each))


def _seen(
    case: Case,
    observation: Observation,
    deliberate: frozenset[str],
    function: PythonFunction,
    reached: frozenset[Hashable],
) -> KeptTest | PossibleBug | LeftOut:
    match observation.outcome:
        case "returned" | "raised" if observation.effects:
            return LeftOut(case=case, reason=f"{SIDE_EFFECTS} ({', '.join(observation.effects[:3])})")
        case "returned" | "raised" if not observation.stable:
            asked = f" (it asks {', '.join(observation.asked[:3])})" if observation.asked else ""
            return LeftOut(case=case, reason=f"is not the same in every run{asked}")
        case "returned":
            return _returned(case, observation, reached)
        case "raised" if observation.arcs and not _is_entered(observation, function):
            return LeftOut(case=case, reason=_BEFORE)
        case "raised":
            return _raised(case, observation, deliberate, reached)
        case outcome:
            reason = NOT_REACHED_REASON if observation == NOT_REACHED else _UNSEEN.get(outcome, _NOT_MADE)
            return LeftOut(case=case, reason=reason)


def _returned(case: Case, seen: Observation, reached: frozenset[Hashable]) -> KeptTest | PossibleBug | LeftOut:
    value = seen.value
    if value is None and seen.shown_by and case.raises is None and case.effect is None and not case.is_expectation:
        # What a value shows of itself is held on to where nothing makes it again.
        case, value = replace(case, call=f"{seen.shown_by}({case.call})"), seen.shown
    if case.raises is not None:
        detail = f"`{case.call}` should raise {case.raises}; it returned {value or 'a value'}"
        return PossibleBug(case=case, detail=detail)
    if value is None or len(value) > _MOST_VALUE:
        return LeftOut(case=case, reason="gives a value that a test cannot spell out")
    agreed = None if case.expected is None else agrees(case.expected, value, loose=case.loose)
    if agreed is False:
        return PossibleBug(case=case, detail=f"`{case.call}` should be {_shown(case.expected)}; it is {value}")
    if case.expected is not None and agreed and same_kind(case.expected, value):
        value = _shown(case.expected)
    return KeptTest(case=case, value=value, imports=seen.imports, is_expectation=agreed is True, reached=reached)


def _raised(
    case: Case, seen: Observation, deliberate: frozenset[str], reached: frozenset[Hashable]
) -> KeptTest | PossibleBug | LeftOut:
    name = (seen.exception or "").rpartition(".")[2]
    if case.raises is not None and name == case.raises.rpartition(".")[2]:
        return KeptTest(case=case, exception=name, is_expectation=True, reached=reached)
    if case.is_expectation and name not in _MISSING:
        wanted = f"raise {case.raises}" if case.raises is not None else f"be {_shown(case.expected)}"
        said = f"{name}: {seen.message}".removesuffix(": ")
        return PossibleBug(case=case, detail=f"`{case.call}` should {wanted}; it raised {said}")
    if name in deliberate:
        return KeptTest(case=case, exception=name, reached=reached)
    return LeftOut(case=case, reason=f"raises {name}, which the function does not raise itself")


def _shown(expected: str | None) -> str:
    """The author's value as Python writes it."""
    return ast.unparse(ast.parse(expected or "None", mode="eval"))
