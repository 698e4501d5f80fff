"""Packed rows on disk: what a run reads, in which order, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training import rows
from codex_lsp.training.documents import Document, to_line
from codex_lsp.training.fim import FimOptions
from codex_lsp.training.presets import PRESETS
from codex_lsp.training.rows import HELDOUT, LONG, SHORT, RowFile, prepare_rows
from codex_lsp.training.settings import RunSettings
from codex_lsp.training.tokenizer import load_tokenizer
from tests.unit.training.packages import Material

TINY = PRESETS["tiny"]
SETTINGS = replace(TINY, network=replace(TINY.network, vocab_size=512), fim=FimOptions(rate=0.0), import_dropout=0.0)
ROW_BYTES = 2


def silent(_: str) -> None:
    pass


def row_file(folder: Path, count: int, length: int) -> Path:
    path = folder / "rows.u16"
    np.arange(count * length, dtype=np.uint16).tofile(path)
    return path


def texts(path: Path, length: int, material: Material) -> list[str]:
    tokenizer = load_tokenizer(material.tokenizer)
    found = np.fromfile(path, dtype=np.uint16).reshape(-1, length)
    return [tokenizer.decode(row.tolist(), skip_special_tokens=False) for row in found]


def corpus_of(folder: Path, documents: list[Document]) -> Path:
    folder.mkdir()
    for split in ("train", "heldout"):
        (folder / f"{split}-00000.jsonl").write_text("".join(map(to_line, documents)))
    counts = {split: {"files": len(documents)} for split in ("train", "heldout")}
    (folder / "manifest.json").write_text(json.dumps({"kind": "corpus", "splits": counts}))
    return folder


def test_every_row_comes_once_in_a_seeded_order_and_then_again(tmp_path: Path) -> None:
    path = row_file(tmp_path, 10, 4)
    found = RowFile(path, 4, seed=3)
    first = [int(row[0]) // 4 for row in found.batch(0, 10)]
    assert sorted(first) == list(range(10))
    assert first != sorted(first)
    # Batches go on where the one before ended, whatever their size; past the end they start over.
    assert [int(row[0]) // 4 for row in [*found.batch(0, 3), *found.batch(3, 9)]] == [*first, *first[:2]]
    assert (RowFile(path, 4, seed=3).batch(0, 10) == found.batch(0, 10)).all()
    assert (RowFile(path, 4, seed=4).batch(0, 10) != found.batch(0, 10)).any()


def test_a_file_without_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no packed rows"):
        RowFile(tmp_path / "absent.u16", 4, seed=0)
    with pytest.raises(TrainingError, match="no whole row"):
        RowFile(row_file(tmp_path, 1, 3), 4, seed=0)


def packed(material: Material, folder: Path, settings: RunSettings = SETTINGS, tokens: int = 20_000) -> str:
    return prepare_rows(material.corpus, material.tokenizer, folder, settings, tokens, silent)


def test_a_run_has_rows_for_all_of_its_budget(material: Material, tmp_path: Path) -> None:
    packed(material, tmp_path)
    counts = json.loads((tmp_path / "manifest.json").read_text())["rows"]
    assert counts[SHORT] == -(-20_000 // SETTINGS.row_length)
    assert counts[LONG] == -(-20_000 // 10 // SETTINGS.long_row_length)
    assert (tmp_path / f"{SHORT}.u16").stat().st_size == counts[SHORT] * SETTINGS.row_length * ROW_BYTES
    assert (tmp_path / f"{HELDOUT}.u16").is_file()
    assert not list(tmp_path.glob("*.part"))


def test_long_rows_hold_what_short_ones_do_not(material: Material, tmp_path: Path) -> None:
    packed(material, tmp_path)
    headers = [
        {line for text in texts(tmp_path / f"{name}.u16", length, material) for line in text.split("\n")}
        for name, length in ((SHORT, SETTINGS.row_length), (LONG, SETTINGS.long_row_length))
    ]
    short, long = (
        {line.rpartition("<|file_sep|>")[2] for line in found if "<|file_sep|>" in line} for found in headers
    )
    assert short
    assert long
    assert short.isdisjoint(long)


def test_processes_write_what_the_settings_say_and_what_is_there_stays(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_FILES_PER_STRIPE", 20)
    assert packed(material, tmp_path / "one") == packed(material, tmp_path / "two")
    before = (tmp_path / "one" / f"{SHORT}.u16").stat().st_mtime_ns
    packed(material, tmp_path / "one")
    assert (tmp_path / "one" / f"{SHORT}.u16").stat().st_mtime_ns == before
    assert packed(material, tmp_path / "other", replace(SETTINGS, seed=1)) != packed(material, tmp_path / "one")


def test_of_other_languages_a_part_is_read(material: Material, tmp_path: Path) -> None:
    documents = [
        Document(package="p", path=f"{number}.{language}", language=language, text=f"{language}_{number} = 1\n")
        for number in range(100)
        for language in ("python", "go")
    ]
    corpus = corpus_of(tmp_path / "corpus", documents)
    settings = replace(SETTINGS, other_languages=0.4, long_share=0.0)
    prepare_rows(corpus, material.tokenizer, tmp_path / "data", settings, 100_000, silent)
    found = "".join(texts(tmp_path / "data" / f"{HELDOUT}.u16", SETTINGS.row_length, material))
    # A small split is read four times, each time with another draw.
    assert found.count("python_") == 400
    assert 120 < found.count("go_") < 200


def test_rows_that_are_not_whole_are_refused(material: Material, tmp_path: Path) -> None:
    packed(material, tmp_path)
    path = tmp_path / f"{SHORT}.u16"
    path.write_bytes(path.read_bytes()[:-ROW_BYTES])
    with pytest.raises(TrainingError, match=r"short\.u16: damaged .* remove"):
        packed(material, tmp_path)


def test_a_corpus_without_a_row_is_too_small(material: Material, tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", [Document(package="p", path="p.go", language="go", text="x = 1\n")])
    with pytest.raises(TrainingError, match="too small for one row"):
        prepare_rows(
            corpus, material.tokenizer, tmp_path / "data", replace(SETTINGS, other_languages=0.0), 1000, silent
        )
