"""What the model is shown, and how little it changes while somebody types."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.prompt import STEP_CHARACTERS, build_prompt
from codex_lsp.types import CursorContext, Header, Prompt


class Counter:
    """A counter of tokens, three characters each, that remembers how much it was shown."""

    def __init__(self) -> None:
        self.shown = 0

    def __call__(self, text: str) -> int:
        self.shown += len(text)
        return -(-len(text) // 3)


def prompt_of(
    prefix: str,
    suffix: str = "",
    *,
    max_tokens: int = 1024,
    suffix_share: float = 0.25,
    counter: Counter | None = None,
    language: str = "python",
) -> Prompt:
    context = CursorContext(uri="file:///a.py", path="src/a.py", language=language, prefix=prefix, suffix=suffix)
    return build_prompt(context, max_tokens=max_tokens, suffix_share=suffix_share, count_tokens=counter or Counter())


def tokens_of(prompt: Prompt) -> int:
    count = Counter()
    return count(prompt.prefix) + count(prompt.suffix)


def test_a_short_document_is_shown_whole() -> None:
    assert prompt_of("import os\nx = ", "\ny = 1\n") == Prompt(
        header=Header(path="src/a.py", language="python"), prefix="import os\nx = ", suffix="\ny = 1\n"
    )


def test_no_suffix_for_models_that_only_continue() -> None:
    assert prompt_of("x = ", "\ny = 1\n", suffix_share=0.0).suffix == ""


def test_line_ends_are_plain_and_lone_surrogates_replaced() -> None:
    prompt = prompt_of("a\r\nb\ud800", "\udc00\r\n")
    assert (prompt.prefix, prompt.suffix) == ("a\nb\ufffd", "\ufffd\n")


def test_windows_hold_whole_lines() -> None:
    prefix = "".join(f"value_{number} = {number}\n" for number in range(2000)) + "x = "
    suffix = "\n" + "".join(f"other_{number} = {number}\n" for number in range(2000))
    prompt = prompt_of(prefix, suffix)
    assert prompt.prefix.startswith("value_")
    assert prefix.endswith("\n" + prompt.prefix)
    assert prompt.suffix.endswith("\n")
    assert suffix.startswith(prompt.suffix + "other_")


def test_the_suffix_takes_its_share_at_most() -> None:
    prompt = prompt_of("x = ", "\ny = 1\n" * 5000, max_tokens=400)
    assert 60 <= Counter()(prompt.suffix) <= 100
    prompt = prompt_of("x = 1\n" * 5000, "\ny = 1\n", max_tokens=400)
    assert Counter()(prompt.prefix) > 250


def test_typing_only_appends_but_for_large_steps() -> None:
    text = "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(400))
    jumps: list[int] = []
    last = prompt_of(text[:6000]).prefix
    for end in range(6001, len(text)):
        shown = prompt_of(text[:end], "\nsuffix = 1\n").prefix
        if not shown.startswith(last):
            jumps.append(end)
        last = shown
    assert jumps
    assert all(later - earlier > STEP_CHARACTERS // 2 for earlier, later in pairwise(jumps))


def test_the_enclosing_header_is_kept() -> None:
    header = 'def long(\n    a: int,\n) -> int:\n    """Be long."""\n'
    prompt = prompt_of("import os\n\n\n# Very long.\n" + header + "    a += 1\n" * 2000 + "    return ")
    assert prompt.prefix.startswith("# Very long.\n" + header + "    a += 1\n")
    assert prompt.prefix.endswith("    a += 1\n    return ")
    assert tokens_of(prompt) <= 1024


def test_a_docstring_that_reaches_into_the_window_is_whole() -> None:
    docstring = '    """' + "word " * 10 + "\n" + "    more words\n" * 50 + '    """\n'
    for body in range(0, 200, 7):
        prefix = "x = 1\n" * 300 + "def f():\n" + docstring + "    y = 2\n" * body + "    z = "
        prompt = prompt_of(prefix)
        assert "def f():\n" + docstring in prompt.prefix
        assert prompt.prefix.count("def f():") == 1
        assert tokens_of(prompt) <= 1024


def test_a_header_too_long_is_left_out() -> None:
    prefix = "def f():\n" + '    """' + "    words\n" * 400 + '    """\n' + "    y = 1\n" * 1000
    assert tokens_of(prompt_of(prefix)) <= 1024
    assert "def f" not in prompt_of(prefix).prefix


@pytest.mark.parametrize("document", ["x" * 5_000_000, " " * 5_000_000, "é\n" * 2_500_000, "\n" * 5_000_000])
def test_a_huge_document_is_never_counted_whole(document: str) -> None:
    counter = Counter()
    middle = len(document) // 2
    prompt = prompt_of(document[:middle], document[middle:], counter=counter)
    assert counter.shown < 200_000
    assert 500 < tokens_of(prompt) <= 1024


def test_one_long_line() -> None:
    prompt = prompt_of("x" * 100_000 + "call(", ")" + "y" * 100_000)
    assert prompt.prefix.endswith("xcall(")
    assert prompt.suffix.startswith(")yy")


LINES = st.lists(st.text(alphabet="ab \n\t(:é😋", max_size=40), max_size=60).map("\n".join)


@given(LINES, LINES, st.integers(64, 2000), st.floats(0.0, 0.9))
def test_a_prompt_is_a_window_within_its_budget(prefix: str, suffix: str, max_tokens: int, share: float) -> None:
    prompt = prompt_of(prefix, suffix, max_tokens=max_tokens, suffix_share=share, language="plaintext")
    assert prefix.endswith(prompt.prefix)
    assert suffix.startswith(prompt.suffix)
    assert tokens_of(prompt) <= max_tokens
    assert prompt.prefix or not prefix
