import json
from pathlib import Path

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.documents import Document, documents_in_order, documents_up_to, shuffled_documents, to_line


def write(folder: Path, *lines: str) -> Path:
    (folder / "train-00000.jsonl").write_text("".join(lines))
    return folder


def document(name: str, text: str = "x = 1\n") -> Document:
    return Document(package="p", path=name, language="go", text=text)


def test_documents_are_read_in_a_seeded_order(tmp_path: Path) -> None:
    documents = [document(f"{n}.go") for n in range(20)]
    write(tmp_path, *map(to_line, documents))
    assert list(documents_in_order(tmp_path, "train")) == documents
    shuffled = list(shuffled_documents(tmp_path, "train", 3))
    assert shuffled == list(shuffled_documents(tmp_path, "train", 3))
    assert shuffled != documents
    assert sorted(shuffled, key=documents.index) == documents


def test_an_older_shard_holds_python(tmp_path: Path) -> None:
    write(tmp_path, json.dumps({"package": "p", "path": "a.py", "text": ""}) + "\n")
    assert [found.language for found in shuffled_documents(tmp_path, "train", 0)] == ["python"]


@pytest.mark.parametrize("line", ["{", "[1]", '{"package": "p"}', '{"package": "p", "path": 3, "text": ""}', "\udcff"])
def test_a_corrupt_line_is_named_with_its_shard(tmp_path: Path, line: str) -> None:
    data = to_line(document("a.go")).encode() + line.encode(errors="surrogateescape") + b"\n"
    (tmp_path / "train-00000.jsonl").write_bytes(data)
    for read in (lambda: documents_in_order(tmp_path, "train"), lambda: shuffled_documents(tmp_path, "train", 0)):
        with pytest.raises(TrainingError, match=r"train-00000.jsonl, line 2: .*train corpus"):
            list(read())


def test_reading_stops_at_the_characters_asked_for(tmp_path: Path) -> None:
    write(tmp_path, *(to_line(document(f"{n}.go", "x" * 100)) for n in range(20)))
    assert len(list(documents_up_to(tmp_path, 450, seed=1))) == 5


def test_a_missing_split_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="codex-lsp train corpus"):
        next(shuffled_documents(tmp_path, "train", 0))


def test_a_line_without_end_of_brackets_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "train-00000.jsonl").write_bytes(b"[" * 100_000 + b"\n")
    with pytest.raises(TrainingError, match="line 1: not a document"):
        list(documents_in_order(tmp_path, "train"))


def test_a_shard_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "train-00000.jsonl").mkdir()
    for documents in (documents_in_order(tmp_path, "train"), shuffled_documents(tmp_path, "train", 0)):
        with pytest.raises(TrainingError, match=r"train-00000\.jsonl: Is a directory; copy"):
            list(documents)
