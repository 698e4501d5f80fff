r"""Names of tests that say what they are about.

>>> name_of_test("add", "add(0, [1, 2])", function="add")
'test_add_of_zero_and_list_of_2'
"""

import ast
import re
from collections.abc import Container
from itertools import count

_MOST = 48
_SHORT, _FEW = 16, 3
"""Characters of a text that is told as it is, and signs that are told by their names."""
_SIGNS = {
    "&": "ampersand",
    "<": "less",
    ">": "greater",
    "'": "quote",
    '"': "double_quote",
    "/": "slash",
    "\\": "backslash",
    "*": "star",
    "?": "question_mark",
    "+": "plus",
    "-": "minus",
    "=": "equals",
    "%": "percent",
    "#": "hash",
    "@": "at",
    "$": "dollar",
    ":": "colon",
    ";": "semicolon",
    ",": "comma",
    ".": "dot",
    "!": "exclamation_mark",
    "(": "opening",
    ")": "closing",
    "[": "opening_bracket",
    "]": "closing_bracket",
    "{": "opening_brace",
    "}": "closing_brace",
    "|": "bar",
    "~": "tilde",
    "^": "caret",
    "_": "underscore",
}
_NUMBERS = ("zero", "one", "two", "three")
_HOLDERS = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}


def name_of_test(base: str, call: str, *, function: str, before: str = "of") -> str:
    """A name for a test of one call.

    Args:
        base: What the name begins with after `test_`: the function's name in small letters.
        call: The expression.
        function: The function's own name, whose arguments are described.
        before: The word between the base and the arguments.
    """
    given, instance = _described_arguments(call, function)
    about = _joined(given or instance)
    on = _joined(instance) if given else ""
    if on and len(about) + len(on) <= _MOST:
        about += f"_on_{on}"
    return f"test_{base}_{before}_{about}" if about else f"test_{base}"


def free_name(wanted: str, taken: Container[str]) -> str:
    """The name, numbered where it is taken.

    >>> free_name("test_a", {"test_a", "test_a_2"})
    'test_a_3'
    """
    numbered = (f"{wanted}_{number}" for number in count(2))
    return wanted if wanted not in taken else next(name for name in numbered if name not in taken)


def snake_case(name: str) -> str:
    """A name in small letters with underscores.

    >>> snake_case("JSONDecodeError"), snake_case("Stack.push")
    ('json_decode_error', 'stack_push')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])", "_", name.replace(".", "_"))
    return re.sub(r"_+", "_", parted).strip("_").lower()


def _joined(words: list[str]) -> str:
    """As many of the words as a name has room for, at least one."""
    kept = words
    while len("_and_".join(kept)) > _MOST and len(kept) > 1:
        kept = kept[:-1]
    return "_and_".join(kept)


def _described_arguments(call: str, function: str) -> tuple[list[str], list[str]]:
    """Words for the arguments of the function's call, and for those of the instance that it is called on."""
    nodes = list(ast.walk(ast.parse(call, mode="eval")))
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name == function:
                instance = getattr(node.func, "value", None)
                return _words_of(node), _words_of(instance) if isinstance(instance, ast.Call) else []
            case _:
                continue
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Call() as instance, attr=name) if name == function:
                return [], _words_of(instance)
            case _:
                continue
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    # `__init__` is called by its class's name.
    return (_words_of(calls[-1]) if function in ("__init__", "__new__") and calls else []), []


def _words_of(call: ast.Call) -> list[str]:
    words = [_described(each) for each in call.args]
    return [*words, *(f"{each.arg}_{_described(each.value)}" for each in call.keywords)]


def _described(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return _constant(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return f"minus_{_number(value)}"
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return _counted(_HOLDERS[type(node)], len(items))
        case ast.Dict(keys=keys):
            return _counted("dict", len(keys))
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            only = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else None
            words = f"_{_described(only)}" if isinstance(only, ast.Constant) else ""
            return snake_case(name + words) or "value"
        case _:
            return "value"


def _constant(value: object) -> str:
    match value:
        case None | True | False:
            return str(value).lower()
        case int() | float():
            return _number(value)
        case str() | bytes():
            return _text(value)
        case _:
            return "value"


def _counted(kind: str, items: int) -> str:
    return f"{kind}_of_{_NUMBERS[1] if items == 1 else items}" if items else f"empty_{kind}"


def _number(value: float) -> str:
    if value in range(len(_NUMBERS)):
        return _NUMBERS[int(value)]
    return re.sub(r"\W", "_", f"{value:g}").replace("__", "_")


def _text(value: str | bytes) -> str:
    if not value:
        return "empty_text"
    text = value if isinstance(value, str) else value.decode("latin-1")
    if text.isspace():
        return "blanks"
    if all(each in _SIGNS for each in text) and len(text) <= _FEW:
        return "_".join(_SIGNS[each] for each in text)
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return words if words and len(words) <= _SHORT and text.isascii() else "text"
