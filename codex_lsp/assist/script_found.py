"""What running a function's calls came to: tests, possible bugs, or the reason why there is no test."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.assist.names_of_tests import free_name, name_of_test
from codex_lsp.assist.same_value import agrees
from codex_lsp.assist.script_examples import ScriptCall
from codex_lsp.assist.script_run import ScriptSeen
from codex_lsp.assist.script_syntax import script_literal
from codex_lsp.assist.script_test_file import ScriptTest
from codex_lsp.context.syntax_functions import ScriptFunction

_MOST_TESTS = 8
_UNSTABLE = "unstable"
_NO_JSON = frozenset({"undefined", "NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFound:
    """What was found.

    Attributes:
        tests: One for each thing that the function gives, and all that its comment says and holds.
        bugs: What its comment says and does not hold, with the values.
        reason: Why there is no test, and what would help; empty where there are some.
    """

    tests: tuple[ScriptTest, ...] = ()
    bugs: tuple[str, ...] = ()
    reason: str = ""


def script_found(
    function: ScriptFunction, cases: Sequence[ScriptCall], seen: Sequence[ScriptSeen], before: str
) -> ScriptFound:
    """Tests and possible bugs among the calls.

    Args:
        function: Which was called.
        cases: The calls.
        seen: What those came to that came to the same each time.
        before: What the file of tests has: what it says is not said again.
    """
    said: list[tuple[ScriptCall, ScriptSeen]] = []
    told: dict[str, tuple[ScriptCall, ScriptSeen]] = {}
    bugs: list[str] = []
    had: set[str] = set()
    for each in seen:
        case = cases[each.at]
        call, key = script_call_text(function, case), each.value or each.threw
        if each.noted:
            continue
        if case.is_said and (detail := _contradiction(call, case.expected, each)) is not None:
            bugs.append(detail)
        elif not _can_be_told(function, each):
            continue
        elif _stands_in(call, before):
            had.add(key)
        elif case.is_said:
            said.append((case, each))
        else:
            told.setdefault(key, (case, each))
    had |= {each.value or "" for _, each in said}
    rest = [pair for key, pair in told.items() if key not in had]
    tests = _named(function, (*said[:_MOST_TESTS], *_spread(rest, _MOST_TESTS - len(said))), before)
    return ScriptFound(tests=tests, bugs=tuple(bugs), reason="" if tests else _reason(function, seen, had=bool(had)))


def _can_be_told(function: ScriptFunction, seen: ScriptSeen) -> bool:
    """Whether a test can hold it: a value that is one, or an error that the function itself throws."""
    if seen.threw:
        return re.search(rf"\bthrow\s+(?:new\s+)?{re.escape(seen.threw)}\b", function.source) is not None
    return not seen.endless and seen.value not in (None, "undefined")


def _spread(pairs: Sequence[tuple[ScriptCall, ScriptSeen]], most: int) -> Sequence[tuple[ScriptCall, ScriptSeen]]:
    """As many as may be, from all over: inputs that are alike stand together."""
    if len(pairs) <= most:
        return pairs
    return [pairs[at * len(pairs) // most] for at in range(max(0, most))]


def _named(
    function: ScriptFunction, pairs: Sequence[tuple[ScriptCall, ScriptSeen]], before: str
) -> tuple[ScriptTest, ...]:
    tests: list[ScriptTest] = []
    for case, seen in pairs:
        name = _name(function, case, {test.name for test in tests}, before)
        call, value = script_call_text(function, case), str(seen.value)
        tests.append(ScriptTest(name=name, call=call, value=value, said=case.is_said, throws=seen.threw))
    return tuple(tests)


def tests_said(function: ScriptFunction, cases: Sequence[ScriptCall], before: str) -> tuple[ScriptTest, ...]:
    """What the comment says, as tests that nobody has run."""
    tests: list[ScriptTest] = []
    for case in cases:
        call, value = script_call_text(function, case), script_literal(case.expected)
        if case.is_said and value is not None and not _stands_in(call, before):
            name = _name(function, case, {*(test.name for test in tests)}, before)
            tests.append(ScriptTest(name=name, call=call, value=value, said=True))
    return tuple(tests)


def script_call_text(function: ScriptFunction, case: ScriptCall) -> str:
    """A call as JavaScript writes it."""
    return f"{function.name}({', '.join(script_literal(each) or 'null' for each in case.row)})"


def _stands_in(call: str, before: str) -> bool:
    """Whether a text makes a call, of that function and of none whose name ends alike."""
    return re.search(rf"(?<![\w$]){re.escape(call)}", before) is not None


def _reason(function: ScriptFunction, seen: Sequence[ScriptSeen], *, had: bool) -> str:
    name = function.name
    noted = sorted({word for each in seen for word in each.noted})
    if had:
        return f"nothing to add for `{name}`: the calls that tell stand in the file of its tests"
    if noted == [_UNSTABLE]:
        return f"`{name}` asks a clock or chance; hand it over as a parameter, so that a test can say what comes"
    if noted:
        words = " and ".join(word for word in noted if word != _UNSTABLE)
        return f"`{name}` has side effects ({words}); move what can be computed into a function that returns it"
    show = f"say in its comment how it is called: {name}(…) // => …"
    whole = {
        f"`{name}` does not end in time; mend the loop, or say in its comment a call that ends: {name}(…) // => …": all(
            each.endless for each in seen
        ),
        f"`{name}` returns nothing; move what can be computed into a function that returns it": all(
            each.value == "undefined" for each in seen
        ),
        f"`{name}` throws {' and '.join(sorted({each.threw for each in seen}))} at all that was tried; {show}": all(
            each.threw for each in seen
        ),
    }
    told = next((said for said, holds in whole.items() if holds and seen), None)
    return told or f"no test of {name}: no call gave a value that a test can spell out; say its parameters' types"


def _contradiction(call: str, expected: object, seen: ScriptSeen) -> str | None:
    """What an example says and what it gives, where they differ."""
    said = script_literal(expected)
    if seen.threw:
        return f"`{call}` should be {said}; it threw {seen.threw}"
    if seen.endless:
        return f"`{call}` should be {said}; it does not end in time"
    if seen.value is None or (seen.value in _NO_JSON and seen.value != "undefined"):
        return None
    given = None if seen.value == "undefined" else json.loads(seen.value)
    if agrees(repr(expected), repr(given), loose=True) is not False:
        return None
    return f"`{call}` should be {said}; it is {seen.value}"


def _name(function: ScriptFunction, case: ScriptCall, taken: set[str], before: str) -> str:
    """A title that is in the file once."""
    call = f"f({', '.join(map(repr, case.row))})"
    about = name_of_test("f", call, function="f").removeprefix("test_f_").replace("_", " ")
    wanted = f"{function.name}: {about}"
    there = {wanted} if f'"{wanted}"' in before or f"'{wanted}'" in before else set[str]()
    return free_name(wanted, taken | there).replace("_", " ") if wanted in taken | there else wanted
