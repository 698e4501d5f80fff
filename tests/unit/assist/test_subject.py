import ast

import pytest

from codex_lsp.assist.derived_cases import derived_cases
from codex_lsp.assist.function import function_at
from codex_lsp.assist.subject import subject_of

DERIVED = """from dataclasses import dataclass


@dataclass(kw_only=True)
class Base:
    size: int


@dataclass(kw_only=True)
class Box(Base):
    size: int = 3
    open: bool = False

    def grown(self, by: int) -> int:
        return self.size + by
"""


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    x: int = 5\n    def f(self): ...\n",
        "@dataclass\nclass A:\n    x: ClassVar[int] = 5\n    def f(self): ...\n",
        "@dataclass\nclass A:\n    x: int = 5\n    def __init__(self): ...\n    def f(self): ...\n",
    ],
)
def test_what_is_no_parameter_is_not_given(text: str) -> None:
    shape = subject_of(function_at(text, text.index("def f")), text).shape
    assert (shape.callee, shape.others) == ("A().f", ())


def test_instances_are_given_each_field_once() -> None:
    subject = subject_of(function_at(DERIVED, DERIVED.index("def grown")), DERIVED)
    assert "Box(size=1, open=True).grown" in (subject.shape.callee, *subject.shape.others)
    for case in derived_cases(subject, (), 0):
        compile(ast.parse(case.call, mode="eval"), "<call>", "eval")
