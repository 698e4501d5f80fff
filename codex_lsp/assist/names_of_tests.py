r"""Names of tests that say what they are about.

>>> name_of_test("add", "add(0, [1, 2])", function="add")
'test_add_of_zero_and_list_of_2'
"""

import ast
import re
from collections.abc import Container
from itertools import count

_MOST = 48
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
    words = [_described(each) for each in _arguments(call, function)]
    about = "_and_".join(words) if words else ""
    while len(about) > _MOST and len(words) > 1:
        words.pop()
        about = "_and_".join(words)
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

    >>> snake_case("ValueError"), snake_case("Stack.push")
    ('value_error', 'stack_push')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace(".", "_"))
    return re.sub(r"_+", "_", parted).strip("_").lower()


def _arguments(call: str, function: str) -> list[ast.expr]:
    for node in ast.walk(ast.parse(call, mode="eval")):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords) if (
                name == function
            ):
                return [*args, *(keyword.value for keyword in keywords)]
            case _:
                continue
    return []


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
            return snake_case(name) or "value"
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
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return words if words and len(words) <= 16 and text.isascii() else "text"  # noqa: PLR2004 - a short word
