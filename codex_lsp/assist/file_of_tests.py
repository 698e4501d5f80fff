"""A test file with new tests in it: imports merged, names that are not taken, written as the file is."""

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO

from codex_lsp.assist.expression_layout import Layout
from codex_lsp.assist.import_merge import merged_imports
from codex_lsp.assist.kept_test import KeptTest
from codex_lsp.assist.module_names import free_names, imported_names
from codex_lsp.assist.names_of_tests import free_name, name_of_test, snake_case
from codex_lsp.assist.result import TextEdit
from codex_lsp.assist.tests_layout import TestStyle
from codex_lsp.assist.written_test import WrittenTest, needs_approximation, written_test
from codex_lsp.errors import AssistRefused

_MAIN = re.compile(r"""^if __name__ == (?:"__main__"|'__main__')\s*:""", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the tests are of, and where they go.

    Attributes:
        module: The dotted name of the function's module.
        tree: Of that module.
        qualname: Of the function.
        style: Of the tests.
        before: The test file's text; None where it is to be made.
        imports: What brings names that the module does not bind when it runs.
        not_run: Nothing was run: the file says so.
    """

    module: str
    tree: ast.Module
    qualname: str
    style: TestStyle
    before: str | None
    imports: Mapping[str, str] = field(default_factory=dict[str, str])
    not_run: bool = False

    @property
    def name(self) -> str:
        """Of the function alone."""
        return self.qualname.rpartition(".")[2]


def named_tests(tests: Sequence[KeptTest], target: Target) -> tuple[WrittenTest, ...]:
    """The tests with their names and bodies; expectations come first.

    Raises:
        AssistRefused: The test file does not parse.
    """
    taken = _taken_names(target.before or "")
    layout = layout_of(target.before or "")
    found: list[WrittenTest] = []
    for test in sorted(tests, key=lambda each: not each.is_expectation):
        name = free_name(_name(test, target), taken)
        taken.add(name)
        found.append(written_test(test, name, target.style, layout))
    return tuple(found)


def edits_of(tests: Sequence[WrittenTest], target: Target) -> tuple[TextEdit, ...]:
    """The edits that bring the tests into the file, with its line ends."""
    found = _edits(tests, target)
    if "\r\n" not in (target.before or ""):
        return found
    return tuple(replace(edit, text=edit.text.replace("\n", "\r\n")) for edit in found)


def _edits(tests: Sequence[WrittenTest], target: Target) -> tuple[TextEdit, ...]:
    before = target.before or ""
    imports = _imports(tests, target)
    body = _body(tests, target)
    if not before.strip():
        return (TextEdit(start=0, end=len(before), text=f"{_joined(imports, target.module)}\n\n\n{body}"),)
    main = _MAIN.search(before)
    end = main.start() if main else len(before)
    kept = before[:end].rstrip()
    after = "\n\n" if main else ""
    added = TextEdit(start=len(kept), end=end, text=f"\n\n\n{body}{after}")
    return (*merged_imports(before, imports), added)


def layout_of(text: str) -> Layout:
    r"""The quotes and the indent that a file uses most.

    >>> layout_of("def test_a():\n  assert f('x') == 'y'\n")
    Layout(quote="'", indent='  ', width=88)
    """
    quotes: Counter[str] = Counter()
    indents: Counter[str] = Counter()
    try:
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.STRING and not token.string.startswith(('"""', "'''")):
                quotes[token.string.lstrip("rbfuRBFU")[:1]] += 1
            elif token.type == tokenize.INDENT and len(token.string.split("\n")) == 1:
                indents[token.string] += 1
    except (tokenize.TokenError, SyntaxError):
        pass
    quote = "'" if quotes["'"] > quotes['"'] else '"'
    shortest = min(indents, key=len) if indents else "    "
    return Layout(quote=quote, indent=shortest)


def _name(test: KeptTest, target: Target) -> str:
    base = snake_case(target.qualname)
    if test.is_expectation:
        return f"test_{base}_docstring_example"
    if test.exception is None:
        return name_of_test(base, test.case.call, function=target.name)
    raises = f"{base}_raises_{snake_case(test.exception)}"
    return name_of_test(raises, test.case.call, function=target.name, before="for")


def _body(tests: Sequence[WrittenTest], target: Target) -> str:
    groups = [
        (_said(target), [each for each in tests if each.test.is_expectation]),
        (_seen(target), [each for each in tests if not each.test.is_expectation]),
    ]
    layout = layout_of(target.before or "")
    if target.style is TestStyle.UNITTEST:
        return _class(groups, target, layout)
    blocks = [
        (f"# {comment}\n" if number == 0 else "") + "\n".join((f"def {each.name}():", *each.lines))
        for comment, group in groups
        for number, each in enumerate(group)
    ]
    return "\n\n\n".join(blocks) + "\n"


def _class(groups: Sequence[tuple[str, Sequence[WrittenTest]]], target: Target, layout: Layout) -> str:
    words = re.split(r"[_.]", target.qualname)
    wanted = "".join(word[:1].upper() + word[1:] for word in words if word) + "Test"
    name = free_name(wanted, _taken_names(target.before or "")).replace("_", "")
    indent = layout.indent
    blocks = [
        (f"{indent}# {comment}\n" if number == 0 else "") + "\n".join((f"{indent}def {each.name}(self):", *each.lines))
        for comment, group in groups
        for number, each in enumerate(group)
    ]
    return f"class {name}(unittest.TestCase):\n" + "\n\n".join(blocks) + "\n"


def _said(target: Target) -> str:
    run = " Not run yet." if target.not_run else ""
    return f"What the docstring of `{target.qualname}` says.{run}"


def _seen(target: Target) -> str:
    return f"Characterisation of `{target.qualname}`: what it does today, which nobody has said is right."


def _imports(tests: Sequence[WrittenTest], target: Target) -> tuple[str, ...]:
    names: set[str] = set()
    values: set[str] = set()
    own = f"from {target.module} import "
    for each in tests:
        test = each.test
        names |= free_names(test.case.call) | ({test.exception} if test.exception is not None else set())
        names |= {line.removeprefix(own) for line in test.imports if line.startswith(own)}
        values |= {line for line in test.imports if not line.startswith(own)}
    first = ["import unittest"] if target.style is TestStyle.UNITTEST else []
    needs_pytest = any("pytest." in line for each in tests for line in each.lines)
    first += ["import pytest"] if needs_pytest else []
    return (
        *dict.fromkeys((*first, *sorted(values), *imported_names(target.tree, target.module, names, target.imports))),
    )


def _joined(imports: Sequence[str], module: str) -> str:
    """The imports of a new file: the standard library's and others', pytest, the module's."""
    own = [line for line in imports if line.startswith(f"from {module} import ")]
    tests = [line for line in imports if line == "import pytest"]
    rest = sorted(
        (line for line in imports if line not in (*own, *tests)), key=lambda line: (line.startswith("from"), line)
    )
    return "\n\n".join("\n".join(group) for group in (rest, tests, own) if group)


def _taken_names(text: str) -> set[str]:
    """All names that a file binds anywhere."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise AssistRefused(f"line {line} of the test file does not parse; mend it first") from error
    return set(_bound(tree))


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.split(".")[0]
            case _:
                pass


__all__ = ["Target", "edits_of", "layout_of", "named_tests", "needs_approximation"]
