"""Docstrings, with a scripted model and the real sandbox."""

from pathlib import Path

import pytest

from codex_lsp.assist.docstring import write_docstring
from codex_lsp.assist.result import AssistResult
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import Rows, ScriptedModel, ScriptedRow
from codex_lsp.types import Prompt, SamplingParams
from tests.benches import bench_of, project_in, request_at

ADD = "def add(a: int, b: int) -> int:\n    return a + b\n"
BAD = ScriptedRow.of("Take one number from the other.\n", -0.1)
GOOD = ScriptedRow.of("Give the sum of two numbers.\n", -0.5)
RIGHT, WRONG = "    return b + a\n", "    return a - b\n"


def model(*words: ScriptedRow) -> ScriptedModel:
    """A model that understands what it reads: a docstring of a sum gives sums, half of the time."""

    def rows(prompt: Prompt, params: SamplingParams) -> Rows:
        del params
        if "__doc__" in prompt.prefix:
            return words
        return (RIGHT, WRONG) if "the sum" in prompt.prefix else (WRONG, "    return a\n")

    return ScriptedModel(rows)


async def written(path: Path, scripted: ScriptedModel, sandbox: Sandbox | None) -> AssistResult:
    return await write_docstring(request_at(path, "def add"), bench_of(scripted, sandbox))


async def test_the_one_that_a_right_body_comes_back_from_is_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    scripted = model(BAD, GOOD)
    result = await written(path, scripted, sandbox)
    [edit] = result.edits
    assert edit.after.startswith('def add(a: int, b: int) -> int:\n    """Give the sum of two numbers.\n\n    Args:\n')
    assert edit.after.endswith('    """\n    return a + b\n')
    assert (edit.label, edit.version) == ("Add a docstring of add", 0)
    # The wrong one was likelier.
    assert [(each.outcome, each.kept) for each in result.verdicts] == [("passed", True), ("failed", False)]
    assert result.verdicts[0].mean_logprob == -0.5
    assert result.figures["alike"] == 0.5
    assert "4 of 8 bodies written back from its words do the same, and 0 from its signature alone" in result.message
    # A body is asked for with the new docstring, and without the old body.
    back = scripted.requests[-1].prompt.prefix
    assert "return a + b" not in back
    # Nor is the name told, which would say it all.
    assert "def this_function(a: int, b: int) -> int:" in back
    assert "`add(" not in back


async def test_a_recursive_body_comes_back_under_the_functions_own_name(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def add(n: int) -> int:\n    return 0 if n < 1 else n + add(n - 1)\n"
    words = ScriptedRow.of("Give the sum of all numbers up to one.\n")

    def rows(prompt: Prompt, params: SamplingParams) -> Rows:
        del params
        if "__doc__" in prompt.prefix:
            return (words,)
        return (
            "    return n + this_function(n - 1) if n > 0 else 0\n" if "the sum" in prompt.prefix else "    pass\n",
        )

    result = await written(project_in(tmp_path, mod=text) / "mod.py", ScriptedModel(rows), sandbox)
    assert result.figures["alike"] == 1.0


async def test_none_is_offered_where_none_can_be_proven(tmp_path: Path, sandbox: Sandbox) -> None:
    result = await written(project_in(tmp_path, mod=ADD) / "mod.py", model(BAD), sandbox)
    assert result.edits == ()
    assert result.message.startswith("no docstring of `add` could be proven: of 8 bodies written back from 1, none")


async def test_a_model_that_writes_no_sentence(tmp_path: Path, sandbox: Sandbox) -> None:
    scripted = model(ScriptedRow.of("return a + b\n"))
    result = await written(project_in(tmp_path, mod=ADD) / "mod.py", scripted, sandbox)
    assert (result.edits, result.verdicts) == ((), ())
    assert result.message.startswith("the model wrote no sentence about `add`")


async def test_words_that_add_nothing_to_the_signature_prove_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    def rows(prompt: Prompt, params: SamplingParams) -> Rows:
        del params
        # It guesses from `a` and `b`, whatever the words are.
        return (BAD,) if "__doc__" in prompt.prefix else (RIGHT, WRONG)

    path = project_in(tmp_path, mod=ADD) / "mod.py"
    scripted = ScriptedModel(rows)
    result = await written(path, scripted, sandbox)
    assert result.edits == ()
    assert [(each.outcome, each.kept) for each in result.verdicts] == [("failed", False)]
    assert "at best 4 of 8 bodies written back from its words do the same, and 4 from its signature" in result.message


async def test_neither_examples_nor_sections_are_shown_to_the_model_that_writes_back(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    text = 'def add(a: int, b: int) -> int:\n    """Old.\n\n    >>> add(1, 2)\n    3\n    """\n    return a + b\n'
    scripted = model(GOOD)
    await written(project_in(tmp_path, mod=text) / "mod.py", scripted, sandbox)
    shown = [request.prompt.prefix for request in scripted.requests[1:]]
    assert len(shown) == 2
    assert not any(said in prefix for prefix in shown for said in (">>>", "Args:", "For example", "Old."))


async def test_an_old_docstring_is_replaced_and_its_examples_are_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    text = (
        "def other(x):\n    '''Do.\n\n    :param x: It.\n    '''\n\n\n"
        "def add(a, b):\n    '''Old words.\n\n    >>> add(1, 2)\n    3\n    '''\n    return a + b\n"
    )
    scripted = model(GOOD)
    result = await written(project_in(tmp_path, mod=text) / "mod.py", scripted, sandbox)
    after = result.edits[0].after
    assert "Old words" not in after
    assert ":param a: For example `" in after
    assert "    >>> add(1, 2)\n    3\n    '''\n    return a + b\n" in after
    assert "Old words" not in scripted.requests[0].prompt.prefix


async def test_what_cannot_be_done(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=ADD, broken="import nothing_of_that_name\n\n\n" + ADD) / "mod.py"
    untrusted = request_at(path, "def add", trusted=False)
    for request, bench, said in (
        (untrusted, bench_of(model(GOOD), sandbox), "not trusted"),
        (request_at(path, "def add"), bench_of(None, sandbox), "needs a model"),
        (request_at(path, "def add"), bench_of(model(GOOD), None), "install bubblewrap"),
        (request_at(path.with_name("broken.py"), "def add"), bench_of(model(GOOD), sandbox), "cannot be imported"),
    ):
        with pytest.raises(AssistRefused, match=said) as refusal:
            await write_docstring(request, bench)
        assert "\n" not in str(refusal.value)
