import json
from pathlib import Path

import pytest
from gguf import GGUFReader

from codex_lsp.cli.main import main
from codex_lsp.cli.models import export
from codex_lsp.training import gguf_tensors


@pytest.mark.parametrize("action", [[], ["export"]])
def test_help_shows_an_example(action: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", *action, "--help"])
    assert ended.value.code == 0
    assert "codex-lsp models export embedded --gguf codex-lsp.gguf" in capsys.readouterr().out


def test_the_types_that_are_offered_are_those_that_are_written() -> None:
    assert export.TYPES == gguf_tensors.TYPES


def test_the_embedded_model_becomes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "codex-lsp.gguf"
    assert main(["models", "export", "embedded", "--gguf", str(out), "--type", "q8_0", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["path"], said["type"], said["split"]) == (str(out), "q8_0", "deepseek-coder")
    assert said["bytes"] == out.stat().st_size
    assert GGUFReader(out).fields["general.name"].contents() == "codex-lsp-embedded"
    assert main(["models", "export", "embedded", "--gguf", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{out}: qwen3, f32, {said['parameters']:,} parameters" in captured.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["embedded", "--gguf", "/"], 2, "/: a folder; name a file with --gguf"),
        (["embedded", "--gguf", "/nowhere/at/all.gguf"], 2, "there is no folder /nowhere/at"),
        (["./nowhere", "--gguf", "x.gguf"], 2, "no such folder"),
        (["\0", "--gguf", "x.gguf"], 2, "no path can be spelt like this"),
    ],
)
def test_failures_are_one_line(arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "export", *arguments]) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_an_unknown_type_is_a_fault_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", "export", "embedded", "--gguf", "x", "--type", "q4"])
    assert ended.value.code == 2
    assert "q8_0" in capsys.readouterr().err
