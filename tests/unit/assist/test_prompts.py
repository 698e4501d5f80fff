"""What models are asked: every form is complete, and what a person wrote stays as it is."""

import re
import tomllib
from importlib.resources import files

import pytest

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.prompts import FIELDS, fenced_code, prompt_for
from codex_lsp.types import Priority

TABLE = tomllib.loads(files("codex_lsp.assist").joinpath("prompts.toml").read_text(encoding="utf-8"))
EVERYTHING = {name: f"<{name} {{x}}>" for name in FIELDS}


@pytest.mark.parametrize("kind", list(AssistKind))
@pytest.mark.parametrize("chat", [True, False])
def test_every_assist_has_both_forms(kind: AssistKind, *, chat: bool) -> None:
    asked = prompt_for(kind, EVERYTHING, chat=chat, path="src/a.py")
    assert (asked.prompt.instruction is not None) is chat
    assert asked.prompt.header is not None
    shown = asked.prompt.prefix + (asked.prompt.instruction or "")
    # Braces of a person's text are theirs.
    assert re.search(r"<\w+ \{x\}>", shown)
    assert not re.search(r"(?<![\w ])\{[a-z]+\}", shown)
    params = asked.params(n=3, seed=7, greedy_first=True)
    assert (params.n, params.seed, params.greedy_first, params.priority) == (3, 7, True, Priority.BACKGROUND)
    assert params.max_tokens > 0


def test_the_table_names_known_assists_and_fields_alone() -> None:
    assert set(TABLE) == {kind.value for kind in AssistKind}
    named = re.findall(r"\{([a-z]+)\}", str(TABLE))
    assert set(named) <= FIELDS


def test_a_missing_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        prompt_for(AssistKind.EXPLAIN, {"name": "f"}, chat=True)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("```python\nx = 1\n```", "x = 1\n"),
        ("Words.\n\n~~~js\nlet x;\n~~~\nmore", "let x;\n"),
        ("````\n```\nx\n```\n````", "```\nx\n```\n"),
        ("x = 1\n", "x = 1\n"),
        ("```py\nx = 1", "x = 1"),
    ],
)
def test_code_in_an_answer(answer: str, code: str) -> None:
    assert fenced_code(answer) == code


def test_what_a_reasoning_model_says_to_itself_is_no_answer() -> None:
    asked = prompt_for(AssistKind.SOLVE, EVERYTHING, chat=True)
    answer = "```python\npass\n```"
    for thought in ("<think>\n```python\nwrong\n```\n</think>\n", "wrong, wait: ```\nx\n```\n</think>"):
        assert asked.answer_of(thought + answer) == "pass\n"
    assert asked.answer_of("<think>there was no time to end this") == ""


def test_code_in_several_blocks_and_in_json() -> None:
    asked = prompt_for(AssistKind.SOLVE, EVERYTHING, chat=True)
    shell = "Install it:\n1. First\n   ```sh\n   pip install x y\n   ```\n\n```python\npass\n```\nThat is all."
    assert asked.blocks_of(shell) == ["pip install x y\n\npass\n", "pass\n", "pip install x y\n"]
    assert asked.answer_of('```json\n{"language": "python", "code": "x = 1\\n"}\n```') == "python\nx = 1\n"
    assert asked.answer_of("{1: 2}") == "{1: 2}"


def test_what_a_chat_model_answers_is_read_as_its_form_says() -> None:
    fenced = "```python\npass\n```"
    assert prompt_for(AssistKind.SOLVE, EVERYTHING, chat=True).answer_of(fenced) == "pass\n"
    assert prompt_for(AssistKind.EXPLAIN, EVERYTHING, chat=True).answer_of(fenced) == fenced
    assert prompt_for(AssistKind.SOLVE, EVERYTHING, chat=False).answer_of(fenced) == fenced
