"""The styles of docstrings: which one a file has, and how sections look in each."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from codex_lsp.assist.function import Parameter, ParameterKind, PythonFunction, parsed
from codex_lsp.assist.function_facts import FunctionFacts, RaisedError

_INDENT = "    "


class DocstringStyle(StrEnum):
    """How sections are written; the values are those of the setting `assist.docstring_style`."""

    GOOGLE = "google"
    NUMPY = "numpy"
    SPHINX = "sphinx"


_SIGNS = {
    DocstringStyle.GOOGLE: re.compile(
        r"^[ \t]*(?:Args|Arguments|Returns|Yields|Raises|Attributes|Examples?):[ \t]*$", re.MULTILINE
    ),
    DocstringStyle.NUMPY: re.compile(
        r"^[ \t]*(?:Parameters|Returns|Yields|Raises|Attributes|Examples|Notes)[ \t]*\n[ \t]*-{3,}[ \t]*$", re.MULTILINE
    ),
    DocstringStyle.SPHINX: re.compile(r"^[ \t]*:(?:param|type|returns?|rtype|raises?|yields?)\b[^:\n]*:", re.MULTILINE),
}


def style_of(text: str) -> DocstringStyle | None:
    """The style of most docstrings of a module; None where none has sections.

    Raises:
        AssistRefused: The text does not parse.
    """
    counts: Counter[DocstringStyle] = Counter()
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            docstring = ast.get_docstring(node) or ""
            counts.update(style for style, sign in _SIGNS.items() if sign.search(docstring))
    return counts.most_common(1)[0][0] if counts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """What stands below the sentences of a docstring.

    Attributes:
        parameters: Name with stars, type as annotated or empty, and a description, each.
        gives: Type and description of what is returned or yielded; None where there is nothing.
        yields: It is yielded.
        raises: Name and description, each.
        examples: Doctests, as they stood before; without blank ends.
    """

    parameters: tuple[tuple[str, str, str], ...] = ()
    gives: tuple[str, str] | None = None
    yields: bool = False
    raises: tuple[tuple[str, str], ...] = ()
    examples: str = ""


def sections_of(function: PythonFunction, facts: FunctionFacts, shown: dict[str, str] | None = None) -> Sections:
    """The sections that a signature and a body ask for.

    Args:
        function: The one.
        facts: Of it.
        shown: A sentence on a parameter by its name, and by `return` on what is given: what was seen by running it.
    """
    shown = shown or {}
    taken = function.parameters[1:] if function.is_bound else function.parameters
    gives = facts.returns_value or facts.yields
    return Sections(
        parameters=tuple((_starred(each), each.annotation or "", _described(each, shown)) for each in taken),
        gives=(function.returns or "", shown.get("return", "")) if gives else None,
        yields=facts.yields,
        raises=tuple(_errors(facts.raises)),
        examples="".join(_example(example.source, example.want) for example in function.doctests).rstrip("\n"),
    )


def docstring_text(sentences: str, sections: Sections, style: DocstringStyle) -> str:
    """A whole docstring, without indentation and quotes."""
    render = {
        DocstringStyle.GOOGLE: _google,
        DocstringStyle.NUMPY: _numpy,
        DocstringStyle.SPHINX: _sphinx,
    }[style]
    return "\n\n".join(part for part in (sentences.strip(), *render(sections)) if part)


def _described(parameter: Parameter, shown: dict[str, str]) -> str:
    if parameter.default is not None:
        return f"`{parameter.default}` where it is not given."
    if parameter.kind is ParameterKind.VAR_POSITIONAL:
        return "Any number of them."
    if parameter.kind is ParameterKind.VAR_KEYWORD:
        return "Any others, by name."
    return shown.get(parameter.name, "")


def _starred(parameter: Parameter) -> str:
    stars = {ParameterKind.VAR_POSITIONAL: "*", ParameterKind.VAR_KEYWORD: "**"}
    return stars.get(parameter.kind, "") + parameter.name


def _errors(raised: Sequence[RaisedError]) -> Iterator[tuple[str, str]]:
    """Each exception once, with all that is known of when."""
    for name in dict.fromkeys(error.name for error in raised):
        conditions = dict.fromkeys(each.condition for each in raised if each.name == name and each.condition)
        yield name, f"Where {', or '.join(f'`{each}`' for each in conditions)}." if conditions else ""


def _example(source: str, want: str) -> str:
    lines = source.rstrip("\n").split("\n")
    prompted = [f"{'>>>' if at == 0 else '...'} {line}".rstrip() for at, line in enumerate(lines)]
    # A doctest writes an empty line so, or it would be the end of what is printed.
    return "\n".join(prompted) + "\n" + want


def _entry(head: str, description: str) -> str:
    return f"{head}: {description}" if description else f"{head}:"


def _google(sections: Sections) -> Iterator[str]:
    if sections.parameters:
        entries = (_entry(f"{name} ({kind})" if kind else name, said) for name, kind, said in sections.parameters)
        yield _section("Args:", entries)
    if sections.gives is not None:
        kind, said = sections.gives
        entry = _entry(kind, said) if kind else said or "The result."
        yield _section("Yields:" if sections.yields else "Returns:", [entry])
    if sections.raises:
        yield _section("Raises:", (_entry(name, said) for name, said in sections.raises))
    if sections.examples:
        yield _section("Examples:", sections.examples.split("\n"))


def _section(title: str, entries: Iterator[str] | list[str]) -> str:
    return "\n".join((title, *((_INDENT + entry).rstrip() for entry in entries)))


def _numpy(sections: Sections) -> Iterator[str]:
    if sections.parameters:
        yield _underlined("Parameters", (_typed(name, kind, said) for name, kind, said in sections.parameters))
    if sections.gives is not None:
        kind, said = sections.gives
        yield _underlined("Yields" if sections.yields else "Returns", [_typed(kind or "object", "", said)])
    if sections.raises:
        yield _underlined("Raises", (_typed(name, "", said) for name, said in sections.raises))
    if sections.examples:
        yield _underlined("Examples", [sections.examples])


def _underlined(title: str, entries: Iterator[str] | list[str]) -> str:
    return "\n".join((title, "-" * len(title), *entries))


def _typed(name: str, kind: str, said: str) -> str:
    head = f"{name} : {kind}" if kind else name
    return f"{head}\n{_INDENT}{said}" if said else head


def _sphinx(sections: Sections) -> Iterator[str]:
    lines: list[str] = []
    for name, kind, said in sections.parameters:
        bare = name.lstrip("*")
        lines.append(f":param {bare}: {said}".rstrip())
        lines += [f":type {bare}: {kind}"] if kind else []
    if sections.gives is not None:
        kind, said = sections.gives
        lines.append(f":{'yields' if sections.yields else 'returns'}: {said}".rstrip())
        lines += [f":rtype: {kind}"] if kind and not sections.yields else []
    lines += [f":raises {name}: {said}".rstrip() for name, said in sections.raises]
    if lines:
        yield "\n".join(lines)
    if sections.examples:
        yield sections.examples
