"""The function around a place in JavaScript and TypeScript, by tree-sitter: its parameters, its comment, its export."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from codex_lsp.context.grammar import grammar_of

_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_VALUES = frozenset({"arrow_function", "function_expression", "function"})
_DEFAULT = "subject"
"""What a module exports without a name is called so by whoever imports it here."""
_VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptParameter:
    """One parameter; `annotation` and `default` are texts, None where there are none."""

    name: str
    annotation: str | None
    default: str | None
    is_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFunction:
    """A function of a module's top level.

    Attributes:
        name: It.
        source: From its first word to its end.
        comment: What stands directly above it, without the signs of a comment.
        parameters: In order; None for one that is a pattern.
        is_async: Declared so.
        is_generator: Declared so.
        export: `named`, `default`, `commonjs`, `commonjs whole` where it is all that the module exports, or empty where
            nothing outside can call it.
        is_broken: It does not parse.
    """

    name: str
    source: str
    comment: str
    parameters: tuple[ScriptParameter | None, ...]
    is_async: bool
    is_generator: bool
    export: str
    is_broken: bool = False


class NoGrammar(Exception):
    """There is no grammar of the language here."""


def script_function_at(text: str, offset: int, language: str) -> ScriptFunction | None:
    """The function of the module's top level that holds an offset in code points; None where there is none.

    Raises:
        NoGrammar: The language's grammar is not installed.
    """
    source = text.encode("utf-8", "replace")
    place = len(text[:offset].encode("utf-8", "replace"))
    for statement in _tree(source, language).children:
        if statement.start_byte <= place <= statement.end_byte:
            return _described(statement, source, text)
    return None


def broken_line(text: str, language: str) -> int | None:
    """The first line that does not parse; None where all do.

    Raises:
        NoGrammar: The language's grammar is not installed.
    """
    return _broken(_tree(text.encode("utf-8", "replace"), language))


def _tree(source: bytes, language: str) -> Node:
    grammar = grammar_of(language)
    if grammar is None:
        raise NoGrammar(language)
    return grammar.parser.parse(source).root_node


def _broken(node: Node) -> int | None:
    if node.is_error or node.is_missing:
        return node.start_point[0] + 1
    for child in node.children if node.has_error else ():
        if (line := _broken(child)) is not None:
            return line
    return None


def _described(statement: Node, source: bytes, text: str) -> ScriptFunction | None:
    inner = statement.child_by_field_name("declaration") or statement.child_by_field_name("value") or statement
    found = _function(inner, source)
    if found is None:
        return None
    name, node = found
    words = _text(node, source)[: 40 + len(name)]
    return ScriptFunction(
        name=name,
        source=_text(statement, source),
        comment=_comment(statement, source),
        parameters=tuple(_parameters(node, source)),
        is_async=re.match(r"\s*async\b", words) is not None,
        is_generator="generator" in node.type or re.match(r"(async\s+)?function\s*\*", words) is not None,
        export=_export(statement, name, source, text),
        is_broken=statement.has_error,
    )


def _function(node: Node, source: bytes) -> tuple[str, Node] | None:
    """The name and the node of the function that a declaration holds, or an assignment to what the module exports."""
    if node.type in _FUNCTIONS:
        name = node.child_by_field_name("name")
        return None if name is None else (_text(name, source), node)
    if node.type in _VARIABLES:
        for each in node.named_children:
            name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
            if name is not None and value is not None and value.type in _VALUES:
                return _text(name, source), value
    if node.type in _VALUES:
        name = node.child_by_field_name("name")
        return (_DEFAULT if name is None else _text(name, source)), node
    return _assigned(node, source) if node.type == "expression_statement" else None


def _assigned(statement: Node, source: bytes) -> tuple[str, Node] | None:
    node = statement.named_children[0]
    left, value = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type != "assignment_expression" or left is None or value is None or value.type not in _VALUES:
        return None
    name = re.fullmatch(r"(?:module\.)?exports(?:\.([\w$]+))?", _text(left, source))
    if name is None:
        return None
    own = value.child_by_field_name("name")
    return name[1] or (_DEFAULT if own is None else _text(own, source)), value


def _parameters(node: Node, source: bytes) -> Iterator[ScriptParameter | None]:
    alone = node.child_by_field_name("parameter")
    if alone is not None:
        yield ScriptParameter(name=_text(alone, source), annotation=None, default=None)
    held = node.child_by_field_name("parameters")
    for each in held.named_children if held is not None else ():
        if each.type != "comment":
            yield _parameter(each, source)


def _parameter(node: Node, source: bytes) -> ScriptParameter | None:
    """Of JavaScript an identifier or `left = right`; of TypeScript a node with a pattern, a type and a value."""
    name = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
    is_rest = name.type == "rest_pattern"
    if is_rest:
        name = name.named_children[0]
    if name.type != "identifier":
        return None
    kind = node.child_by_field_name("type")
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    return ScriptParameter(
        name=_text(name, source),
        annotation=None if kind is None else _text(kind, source).lstrip(": "),
        default=None if value is None else _text(value, source),
        is_rest=is_rest,
    )


def _comment(statement: Node, source: bytes) -> str:
    lines: list[str] = []
    above = statement.prev_sibling
    while above is not None and above.type == "comment":
        lines.insert(0, _text(above, source))
        above = above.prev_sibling
    text = re.sub(r"^/\*+|\*+/$", "", "\n".join(lines), flags=re.MULTILINE)
    return re.sub(r"^[ \t]*(?:\*|//)[ \t]?", "", text, flags=re.MULTILINE).strip()


def _export(statement: Node, name: str, source: bytes, text: str) -> str:
    if statement.type == "export_statement":
        return "default" if re.match(r"export\s+default\b", _text(statement, source)) else "named"
    word = re.escape(name)
    if statement.type == "expression_statement":
        return "commonjs" if re.match(r"(?:module\.)?exports\.", _text(statement, source)) else "commonjs whole"
    if re.search(rf"export\s*\{{[^}}]*\b{word}\b(?!\s+as)[^}}]*\}}", text):
        return "named"
    if re.search(rf"export\s+default\s+{word}\b|export\s*\{{[^}}]*\b{word}\s+as\s+default\b", text):
        return "default"
    if re.search(rf"exports\.{word}\s*=|module\.exports\s*=\s*\{{[^}}]*\b{word}\b", text):
        return "commonjs"
    return "commonjs whole" if re.search(rf"module\.exports\s*=\s*{word}\s*(?:;|$)", text, re.MULTILINE) else ""


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
