import pytest

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.offers import Offer, offers_at
from codex_lsp.assist.request import Problem
from codex_lsp.context.document import Document
from codex_lsp.types import Capabilities

TEXT = '''import os


def add(a, b):
    """Add.

    >>> add(1, 2)
    3
    """
    return a - b


class Stack:
    def push(self, item):
        return item


def outer():
    def inner():
        return 1
    return inner
'''
ABLE = Capabilities(
    model="nobody-measured-it", fim=True, n=True, logprobs=True, stream=True, chat=False, score=False, max_context=2048
)


def document(text: str = TEXT, language: str = "python") -> Document:
    return Document(uri="file:///w/a.py", language=language, version=1, text=text)


def at(marked: str, *, trusted: bool = True, model: Capabilities | None = ABLE, text: str = TEXT) -> tuple[Offer, ...]:
    start = text.index(marked)
    return offers_at(document(text), start, start, capabilities=model, trusted=trusted)


def titles(offers: tuple[Offer, ...]) -> list[str]:
    return [offer.title for offer in offers]


def test_a_function_is_offered_what_the_model_is_able_to() -> None:
    assert titles(at("add(a, b)")) == [
        "Solve add with tests",
        "Generate tests for add",
        "Write a docstring for add",
        "Explain add",
        "Make add faster",
    ]
    assert titles(at("return a - b", model=None)) == ["Generate tests for add", "Explain add"]


@pytest.mark.parametrize("marked", ["import os", "class Stack", "return 1"])
def test_outside_of_functions_and_inside_nested_ones_nothing_is_offered(marked: str) -> None:
    assert at(marked) == ()


def test_without_trust_nothing_that_only_runs_is_offered() -> None:
    assert titles(at("add(a, b)", trusted=False)) == ["Generate tests for add", "Explain add"]
    # No example that could be written down without being run.
    assert "Generate tests for push" not in titles(at("push(self", trusted=False))


def test_a_header_is_told_from_a_body() -> None:
    assert all(offer.on_header for offer in at("add(a, b)"))
    assert not any(offer.on_header for offer in at("return a - b"))


def test_a_problem_that_the_selection_touches_can_be_mended() -> None:
    start = TEXT.index("a - b")
    touched = Problem(message="the result is\nnot a sum " + "x" * 100, start=start, end=start + 5)
    elsewhere = Problem(message="unused", start=0, end=9)
    offers = offers_at(document(), start + 2, start + 2, capabilities=ABLE, trusted=True, problems=[elsewhere, touched])
    assert offers[0].kind is AssistKind.FIX
    assert offers[0].title.startswith("Fix: the result is not a sum xxx")
    assert len(offers[0].title) < 80
    assert offers[0].problem is touched
    assert [offer.kind for offer in offers].count(AssistKind.FIX) == 1


def test_a_file_that_does_not_parse_is_offered_its_problems_alone() -> None:
    broken = TEXT + "\ndef half(:\n"
    start = broken.index("def half")
    assert at("add(a, b)", text=broken) == ()
    problem = Problem(message="invalid syntax", start=start + 9, end=start + 10)
    offers = offers_at(document(broken), start, len(broken), capabilities=ABLE, trusted=True, problems=[problem])
    assert titles(offers) == ["Fix: invalid syntax"]


@pytest.mark.parametrize("marked", ["import os", "class Stack", "a - b"])
@pytest.mark.parametrize("trusted", [True, False])
def test_what_needs_no_model_is_offered_anywhere(marked: str, *, trusted: bool) -> None:
    start = TEXT.index(marked)
    said = ('"os" is not accessed', 'Name "os" is not defined', "Line too long")
    problems = [Problem(message=message, start=start, end=start + 1) for message in said]
    problems.append(Problem(message="f-string without any placeholders", start=start, end=start + 1, source="Ruff"))
    offers = offers_at(document(), start, start, capabilities=None, trusted=trusted, problems=problems)
    fixes = [offer.problem for offer in offers if offer.kind is AssistKind.FIX]
    assert fixes == [*problems[:2], *problems[3 if trusted else 4 :]]


def test_a_script_is_offered_tests_of_what_it_exports() -> None:
    text = "export function add(a, b) {\n  return a + b;\n}\n\nfunction own() {\n  return 1;\n}\n"
    script = document(text, "javascript")
    (offer,) = offers_at(script, 20, 20, capabilities=None, trusted=True)
    assert (offer.title, offer.kind, offer.on_header) == ("Generate tests for add", AssistKind.TESTS, True)
    (inside,) = offers_at(script, text.index("return a"), text.index("return a"), capabilities=None, trusted=True)
    assert not inside.on_header
    assert offers_at(script, text.index("return 1"), text.index("return 1"), capabilities=None, trusted=True) == ()
    assert offers_at(script, 20, 20, capabilities=None, trusted=False) == ()
    # What its comment says needs no run, as in Python.
    shown = document(f"// add(1, 2) // => 3\n{text}", "javascript")
    place = shown.text.index("function")
    assert [each.kind for each in offers_at(shown, place, place, capabilities=None, trusted=False)] == [
        AssistKind.TESTS
    ]


def test_another_language_is_offered_nothing() -> None:
    assert offers_at(document(language="markdown"), 0, 0, capabilities=ABLE, trusted=True) == ()
