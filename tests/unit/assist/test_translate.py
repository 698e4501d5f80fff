"""Translations, with a scripted model, the real sandbox and node."""

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.translate import translate
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow, everything
from tests.benches import bench_of, project_in, request_at

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
TEXT = """
def first_word(text: str, default: str = "") -> str:
    '''The first word.

    >>> first_word("one two")
    'one'
    '''
    if len(text) > 100:
        raise ValueError("too long")
    words = text.split()
    return words[0] if words else default
"""
RIGHT = """  if (text.length > 100) throw new Error("too long");
  const words = text.split(/\\s+/).filter(Boolean);
  return words.length ? words[0] : fallback;
"""
PLAIN = RIGHT.replace("fallback", "default_")
CHAT = f"Here it is:\n\n```javascript\nexport function firstWord(text, fallback = '') {{\n{RIGHT}}}\n```\nDone."
TSC = Path("vscode-client/node_modules/.bin").absolute()
HAS_TSC = (TSC / "tsc").exists() and shutil.which("node") is not None


def request_for(path: Path, target: str = "javascript", *, trusted: bool = True):  # noqa: ANN201 - as `request_at`
    return replace(request_at(path, "def first_word", trusted=trusted), target_language=target)


async def translated(
    path: Path, model: ScriptedModel, sandbox: Sandbox | None, target: str = "javascript"
) -> AssistResult:
    return await translate(request_for(path, target), bench_of(model, sandbox))


@needs_node
async def test_a_translation_that_holds_comes_with_its_tests(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    wrong = ScriptedRow.of("  return text;\n", -0.1)
    model = ScriptedModel((wrong, ScriptedRow.of(PLAIN, -0.5)))
    result = await translated(path, model, sandbox)
    assert "checks that were translated with it hold" in result.message
    assert [(each.outcome, each.kept) for each in result.verdicts] == [
        ("passed", True),
        ("failed", False),
        ("passed", True),
    ]
    assert result.verdicts[2].detail == "run with `node --test`"
    assert 'firstWord("one two") gives "one two", not "one"' in result.verdicts[1].detail
    code, tests = result.edits
    assert (code.path, tests.path) == (path.with_name("firstWord.mjs"), path.with_name("firstWord.test.mjs"))
    assert 'assert.deepEqual(firstWord("one two"), "one");' in tests.after
    assert "## Checks" in result.report
    prompt = model.requests[0].prompt.prefix
    assert prompt.startswith("// Python:\n// def first_word(")
    assert prompt.endswith('// JavaScript:\n\nfunction firstWord(text, default_ = "") {\n')
    # The files that are offered run by themselves.
    for edit in result.edits:
        assert edit.path is not None
        edit.path.write_text(edit.after)
    process = await asyncio.create_subprocess_exec("node", "--test", str(tests.path))
    assert await process.wait() == 0


@needs_node
async def test_a_chat_models_answer_is_taken_out_of_its_fence(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    model = ScriptedModel((CHAT,), capabilities=replace(everything("chatty"), chat=True))
    result = await translated(path, model, sandbox)
    assert result.verdicts[0].outcome == "passed"
    assert "export" not in result.verdicts[0].text
    assert "JavaScript" in (model.requests[0].prompt.instruction or "")


@needs_node
async def test_one_that_never_ends_or_never_holds_is_not_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    result = await translated(path, ScriptedModel(("  return 1;\n", "  process.exit(0);\n")), sandbox)
    assert result.edits == ()
    assert "no translation holds all checks" in result.message
    assert {each.outcome for each in result.verdicts} == {"failed"}


async def test_what_may_not_be_run_is_marked(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    result = await translate(request_for(path, trusted=False), bench_of(ScriptedModel((PLAIN,)), None))
    assert [each.outcome for each in result.verdicts] == ["not run", "not run"]
    assert "not run, since the workspace is not trusted" in result.message
    # The author's own example is translated without running anything.
    assert 'assert.deepEqual(firstWord("one two"), "one");' in result.report
    result = await translate(request_for(path), bench_of(ScriptedModel((PLAIN,)), None))
    assert "install bubblewrap" in result.message


async def test_typescript(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    monkeypatch.setenv("PATH", str(tmp_path))
    result = await translated(path, ScriptedModel((PLAIN,)), sandbox, "typescript")
    assert [each.outcome for each in result.verdicts] == ["not run", "not run"]
    assert "there is no `tsc` here" in result.message
    assert "function firstWord(text: string" in result.report
    monkeypatch.undo()
    if not HAS_TSC:
        pytest.skip("TypeScript is not installed")
    monkeypatch.setenv("PATH", f"{TSC}:{os.environ['PATH']}")
    result = await translated(path, ScriptedModel((PLAIN,)), sandbox, "typescript")
    assert [each.outcome for each in result.verdicts] == ["passed", "passed"]


async def test_what_cannot_be_translated(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=TEXT, method="class C:\n    def first_word(self):\n        pass\n") / "mod.py"
    bench = bench_of(ScriptedModel((PLAIN,)), None)
    for request, given, said in (
        (request_for(path, "cobol"), bench, "javascript or typescript"),
        (request_for(path.with_name("method.py")), bench, "belongs to a class"),
        (request_for(path), bench_of(None, None), "needs a model"),
    ):
        with pytest.raises(AssistRefused, match=said):
            await translate(request, given)


async def test_files_that_are_there_are_left_alone(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=TEXT) / "mod.py"
    path.with_name("firstWord.mjs").touch()
    result = await translate(request_for(path, trusted=False), bench_of(ScriptedModel((PLAIN,)), None))
    assert result.edits == ()
    assert "function firstWord" in result.report
