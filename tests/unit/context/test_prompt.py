"""What the model is shown, and how little it changes while somebody types."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.prompt import STEP_CHARACTERS, build_prompt, snippet_room
from codex_lsp.types import CursorContext, Header, Prompt, Snippet


class Counter:
    """A counter of tokens, three characters each, that remembers how much it was shown."""

    def __init__(self) -> None:
        self.shown = 0

    def __call__(self, text: str) -> int:
        self.shown += len(text)
        return -(-len(text) // 3)


def prompt_of(  # noqa: PLR0913 - each has a default
    prefix: str,
    suffix: str = "",
    *,
    max_tokens: int = 1024,
    suffix_share: float = 0.25,
    counter: Counter | None = None,
    language: str = "python",
    snippets: tuple[Snippet, ...] = (),
    imports: bool = True,
) -> Prompt:
    context = CursorContext(uri="file:///a.py", path="src/a.py", language=language, prefix=prefix, suffix=suffix)
    return build_prompt(
        context,
        max_tokens=max_tokens,
        suffix_share=suffix_share,
        count_tokens=counter or Counter(),
        snippets=snippets,
        imports=imports,
    )


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
    assert prompt.prefix.startswith("import os\n\n# Very long.\n" + header + "    a += 1\n")
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


def test_of_a_header_too_long_the_signature_is_kept() -> None:
    prefix = "# Why.\ndef f():\n" + '    """' + "    words\n" * 400 + '    """\n' + "    y = 1\n" * 1000
    assert tokens_of(prompt_of(prefix)) <= 1024
    assert prompt_of(prefix).prefix.startswith("def f():\n    y = 1\n")


def test_the_classes_and_functions_around_are_kept() -> None:
    outer = 'class Shop:\n    """Sells."""\n\n' + "    x = 1\n" * 500 + "    def sell(self):\n"
    prefix = (
        outer
        + '        """Sell."""\n'
        + "        x = 1\n" * 500
        + "        def inner():\n"
        + "            y = 1\n" * 800
    )
    shown = prompt_of(prefix).prefix
    assert shown.startswith(
        'class Shop:\n    def sell(self):\n        """Sell."""\n        def inner():\n            y = 1\n'
    )


def test_imports_are_kept_whole() -> None:
    imports = "import os\nfrom a import (\n    b,\n    c,\n)\n"
    prefix = '"""Doc."""\n\n' + imports + "x = 1\n" * 2000
    assert prompt_of(prefix).prefix.startswith(imports + "\nx = 1\n")
    assert prompt_of(prefix, imports=False).prefix.startswith("x = 1\n")
    assert prompt_of(imports + "y").prefix == imports + "y"


def test_imports_take_a_part_at_most() -> None:
    prefix = "".join(f"import module_{number}\n" for number in range(2000)) + "x = 1\n" * 2000
    shown = prompt_of(prefix).prefix
    assert shown.startswith("import module_0\n")
    assert 10 < shown.count("import module_") < 40
    assert tokens_of(prompt_of(prefix)) <= 1024


def test_snippets_are_paid_for() -> None:
    snippets = (Snippet(path="b.py", text="b = 1\n" * 50),)
    prompt = prompt_of("x = 1\n" * 5000, "y = 1\n" * 5000, snippets=snippets)
    assert prompt.snippets == snippets
    assert 800 < tokens_of(prompt) + Counter()(snippets[0].text) <= 1024


def test_room_for_snippets() -> None:
    def room(length: int, share: float = 0.25) -> int:
        context = CursorContext(uri="", path="a.py", language="python", prefix="x" * length, suffix="")
        return snippet_room(context, max_tokens=1024, share=share)

    assert room(100_000) == 256
    assert room(0) == 512
    assert room(0, share=0.0) == 0
    # A keystroke does not change it.
    rooms = [room(length) for length in range(4000)]
    assert sum(before != after for before, after in pairwise(rooms)) <= 2


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


BODIES = st.lists(st.sampled_from(["    x = compute(y)", "    # note", "", "    if x:", "        y = 2"]), max_size=900)


@given(BODIES, st.integers(256, 2000))
def test_name_signature_docstring_class_and_imports_are_never_cut(body: list[str], max_tokens: int) -> None:
    header = (
        '    # Why.\n    @cached\n    def work(self, a: int) -> int:\n        """Work.\n\n        Well.\n        """\n'
    )
    top = "import os\nfrom a import b\n\n\nclass Worker(Base):\n"
    prefix = top + header + "".join(f"    {line}\n" for line in body) + "        return "
    prompt = prompt_of(prefix, max_tokens=max_tokens)
    assert header in prompt.prefix
    assert "class Worker(Base):\n" in prompt.prefix
    assert prompt.prefix.startswith("import os\nfrom a import b\n")
    assert prompt.prefix.endswith("return ")
    assert tokens_of(prompt) <= max_tokens
