"""An export is measured by what `codex-lsp evaluate lines` measures."""

from pathlib import Path
from shutil import copytree

import codex_lsp
from codex_lsp.cli.evaluate.corpus import held_at
from codex_lsp.training.documents import Document, to_line
from codex_lsp.training.heldout import evaluate_heldout
from codex_lsp.training.scores import is_result


def corpus_folder(corpus: Path) -> Path:
    (corpus / "manifest.json").write_text('{"kind": "corpus"}')
    return corpus


def test_the_embedded_model_on_two_files(tmp_path: Path) -> None:
    documents = [
        Document(package=package, path=f"{package}.py", text="total = 0\nfor item in items:\n    total += item\n")
        for package in ("b", "a")
    ]
    documents += [
        Document(package="c", path="c/credentials", language="shellscript", text="echo 1\n"),
        Document(package="d", path="d.py", text=" \n"),
    ]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "heldout-00000.jsonl").write_text("".join(map(to_line, documents)))
    model = tmp_path / "model"
    copytree(Path(codex_lsp.__file__).parent / "weights", model)
    said: list[str] = []
    found = evaluate_heldout(model, corpus, cursors=1, seed=1, notify=said.append)
    assert is_result(found)
    assert found["manifest"]["model"] == "model"
    assert found["manifest"]["material"]["packages"] == ["a", "b"]
    assert found["manifest"]["command"] == (
        "codex-lsp evaluate lines corpus --model model --cursors 1 --seed 1 --combinations uniform_with_suffix --json"
    )
    assert found["by"]["languages"]["python"]["files"] == 2
    assert found["manifest"]["material"]["files"] == len(held_at([corpus_folder(corpus)], ()).files) == 2
    assert 0 < found["bits_per_byte"] < 6
    assert said[0].startswith("model, uniform_with_suffix: 1 cursors")
