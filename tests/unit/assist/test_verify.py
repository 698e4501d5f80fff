"""Complete until it passes, with a scripted model and the real sandbox."""

from pathlib import Path

import pytest

from codex_lsp.assist.result import NOT_RUN, UNCHECKED
from codex_lsp.assist.verify import Verified, verified
from codex_lsp.cli.verified import summary
from codex_lsp.completion.request import Completion
from codex_lsp.context.cursor import cursor_context
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.types import Candidate, Prompt, SamplingParams, Token
from tests.benches import bench_of, project_in, request_at

ADD = "def add(a: int, b: int) -> int:\n    '''Add.\n\n    >>> add(1, 2)\n    3\n    '''\n    return @\n"


def shown(index: int, text: str, logprob: float) -> Candidate:
    tokens = (Token(id=1, logprob=logprob, end=len(text)),)
    return Candidate(index=index, text=text, tokens=tokens, finish_reason=None, kept=len(text), insert=text)


def marked(path: Path) -> str:
    """The text of a file; the mark of the cursor goes from the file."""
    text = path.read_text()
    path.write_text(text.replace("@", ""))
    return text


async def run(
    path: Path, model: ScriptedModel, sandbox: Sandbox | None, *first: Candidate, trusted: bool = True
) -> list[tuple[str, str, str]]:
    text = marked(path)
    request = request_at(path, text[text.index("return ") : text.index("@")], trusted=trusted)
    context = cursor_context(request.document, text.index("@"), path="mod.py")
    completion = Completion(
        candidates=first,
        prompt=Prompt(header=None, prefix=context.prefix, suffix=context.suffix),
        params=SamplingParams(n=4, greedy_first=True, seed=3),
        model="scripted",
    )
    found: tuple[Verified, ...] = await verified(completion, context, request, bench_of(model, sandbox, budget=12))
    return [(each.candidate.insert, each.outcome, each.detail) for each in found]


async def test_passing_first_and_no_more_sampled_than_needed(tmp_path: Path, sandbox: Sandbox) -> None:
    model = ScriptedModel(("a",))
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    found = await run(path, model, sandbox, shown(0, "a - b", -0.1), shown(1, "a + b", -2.0))
    assert found[0] == ("a + b", "passed", "")
    assert ("a - b", "failed", "assert add(1, 2) == 3: got -1") in found


async def test_more_candidates_until_one_passes(tmp_path: Path, sandbox: Sandbox) -> None:
    model = ScriptedModel((ScriptedRow.of("a * b\n"), ScriptedRow.of("a - b\n"), ScriptedRow.of("b + a\n")))
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    found = await run(path, model, sandbox, shown(0, "a - b", -0.1))
    assert found[0][:2] == ("b + a", "passed")
    assert [insert for insert, _, _ in found].count("a - b") == 1
    assert model.requests[0].params.n == 11
    assert (model.requests[0].params.greedy_first, model.requests[0].params.seed) == (False, 4)


async def test_none_passes_and_the_likeliest_comes_first(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    found = await run(path, ScriptedModel(("a",)), sandbox, shown(0, "a - b", -0.5), shown(1, "7", -0.1))
    assert [(insert, outcome) for insert, outcome, _ in found] == [
        ("7", "failed"),
        ("a - b", "failed"),
        ("a", "failed"),
    ]


async def test_without_examples_the_largest_group_comes_first(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod="def add(a: int, b: int) -> int:\n    return @\n") / "mod.py"
    rows = ("a + b", "a - b")
    found = await run(path, ScriptedModel(rows), sandbox, shown(0, "0", -0.1), shown(1, "b + a", -1.0))
    assert {insert for insert, _, _ in found[:2]} == {"a + b", "b + a"}
    assert found[0][1:] == (UNCHECKED, "one of 2 that do the same")


@pytest.mark.parametrize("trusted", [True, False])
async def test_what_cannot_be_run_is_marked(tmp_path: Path, *, trusted: bool) -> None:
    model = ScriptedModel(("a",))
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    [(insert, outcome, detail)] = await run(path, model, None, shown(0, "a + b", -1.0), trusted=trusted)
    assert (insert, outcome) == ("a + b", NOT_RUN)
    assert ("bubblewrap" if trusted else "not trusted") in detail
    assert model.requests == []


async def test_outside_any_function(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod="total = 1\nreturn_ = @\n") / "mod.py"
    path.write_text("total = 1\nx = 'return '; y = @\n")
    [(_, outcome, detail)] = await run(path, ScriptedModel(("a",)), sandbox, shown(0, "1", -1.0))
    assert outcome == NOT_RUN
    assert "in no function" in detail


async def test_a_method_whose_line_is_not_finished_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    docstring = "        '''>>> Pair().total()\n        3\n        '''\n"
    text = f"class Pair:\n    def total(self):\n{docstring}        return 1 + @\n"
    path = project_in(tmp_path, mod=text) / "mod.py"
    found = await run(path, ScriptedModel(("2", "5")), sandbox)
    assert found[0][:2] == ("2", "passed")
    assert ("5", "failed", "Pair().total() gave 6, not 3") in found


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        (("passed", "failed"), "1 of 2 candidates passes the function's examples and tests"),
        (("failed",), "none of 1 candidate passes; say more before the cursor, or try another --model"),
        ((NOT_RUN,), "nothing was run: why"),
        ((UNCHECKED, "error"), "2 candidates, and no example and no test that tells which is right"),
    ],
)
def test_one_line_on_all_that_was_run(outcomes: tuple[str, ...], line: str) -> None:
    found = [Verified(candidate=shown(0, "x", -1.0), outcome=each, detail="why") for each in outcomes]
    assert summary(found).startswith(line)
