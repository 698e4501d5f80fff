"""Explanations: facts are always there, words only of models that were measured to get them right."""

from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.assist.explain import explain
from codex_lsp.assist.explanation import code
from codex_lsp.errors import AssistRefused, ModelUnavailable
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.types import Capabilities
from tests.benches import bench_of, project_in, request_at

TEXT = '''import math


def area(radius: float, *, scale=1) -> float:
    """The area of a circle.

    >>> area(0.0)
    0.0
    """
    if radius < 0:
        raise ValueError("negative")
    return math.pi * radius**2 * scale


def unit():
    return area(1)
'''
OTHER = "from mod import area\n\n\nclass Shape:\n    def size(self):\n        return area(2)\n"


class Unreachable(ScriptedModel):
    """A model that never answers."""

    async def capabilities(self) -> Capabilities:
        raise ModelUnavailable("not there")


def everybody_speaks(_: object) -> bool:
    """A table in which every model was measured to be able."""
    return True


async def test_facts_and_examples(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=TEXT, other=OTHER, unrelated="def area(): ...\n\n\narea()\n") / "mod.py"
    result = await explain(request_at(path, "def area"), bench_of(None, sandbox))
    assert (result.edits, result.message) == ((), "`area` explained from its code and by running it")
    for said in (
        "# `area`",
        "A function in mod.py, lines 4 to 12.",
        "> The area of a circle.",
        "- `radius`, a `float`",
        "- `scale`, by name only, `1` where it is not given",
        "- a `float`, as it is annotated",
        "- `ValueError` where `radius < 0`, saying “negative”",
        "- `unit` (mod.py, line 16)",
        "- `Shape.size` (other.py, line 6)",
        "- `area(0.0)` gives `0.0`",
        "raises `ValueError`",
    ):
        assert said in result.report
    assert "unrelated" not in result.report
    assert "words" not in result.report


@pytest.mark.parametrize(("trusted", "why"), [(False, "the workspace is not trusted"), (True, "install bubblewrap")])
async def test_without_running_it(tmp_path: Path, *, trusted: bool, why: str) -> None:
    path = project_in(tmp_path, mod=TEXT, other=OTHER) / "mod.py"
    result = await explain(request_at(path, "def area", trusted=trusted), bench_of(None, None))
    assert why in result.report
    assert "- `ValueError` where" in result.report
    assert ("other.py" in result.report) is trusted
    assert [verdict.outcome for verdict in result.verdicts] == ["not run"]


async def test_words_of_a_model_that_was_not_measured_are_not_shown(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    scripted = ScriptedModel(("# It makes coffee.\n",))
    result = await explain(request_at(path, "def area", trusted=False), bench_of(scripted, None))
    assert "coffee" not in result.report
    assert scripted.requests == []


async def test_words_of_an_able_model_are_shown_as_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_lsp.assist.explain.speaks", everybody_speaks)
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    request = request_at(path, "def area", trusted=False)
    plain = ScriptedModel((" Gives the area.\n# Of a circle.\ndef x",))
    result = await explain(request, bench_of(plain, None))
    assert "Gives the area.\nOf a circle.\n\n*In the words of scripted, which nothing has checked." in result.report
    chat = ScriptedModel(("Gives the *area*.",), capabilities=replace(everything("chatty"), chat=True))
    result = await explain(request, bench_of(chat, None))
    assert "Gives the *area*.\n\n*In the words of chatty" in result.report
    for failing in (ScriptedModel(("x",), failure=ModelUnavailable("gone")), Unreachable()):
        result = await explain(request, bench_of(failing, None))
        assert "words" not in result.report
        assert "## Takes" in result.report


async def test_outside_of_any_function(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    with pytest.raises(AssistRefused, match="line 1 is in no function"):
        await explain(request_at(path, "import"), bench_of(None, None))


def test_code_is_one_line() -> None:
    assert code("a\n  b") == "`a b`"
    assert code("`x`") == "`` `x` ``"
    assert len(code("x" * 1000)) < 200
