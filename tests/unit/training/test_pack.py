import json
import tarfile
from pathlib import Path
from shutil import copytree

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.documents import documents_in_order
from codex_lsp.training.pack import unpacked
from codex_lsp.training.pack_writer import PackOptions, write_parts
from codex_lsp.training.tokenizer import load_tokenizer
from tests.unit.training.archives import tar
from tests.unit.training.packages import Material


@pytest.fixture(scope="module")
def parts(material: Material, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    options = PackOptions(max_part_bytes=220_000)
    out = tmp_path_factory.mktemp("pack") / "corpus"
    return write_parts(material.corpus, material.tokenizer, out, options, lambda _: None)


def test_no_part_is_larger_than_asked_for(parts: list[Path]) -> None:
    assert len(parts) > 1
    assert all(part.stat().st_size <= 220_000 for part in parts)
    assert [part.name for part in parts][:2] == ["part-00.tar.xz", "part-01.tar.xz"]


def test_all_parts_together_are_the_corpus(material: Material, parts: list[Path], tmp_path: Path) -> None:
    merged = unpacked(parts, tmp_path / "merged")
    for split in ("train", "heldout"):
        assert list(documents_in_order(merged, split)) == list(documents_in_order(material.corpus, split))
    manifest = json.loads((merged / "manifest.json").read_text())
    whole = json.loads((material.corpus / "manifest.json").read_text())
    assert manifest["splits"] == whole["splits"]
    assert {p["name"] for p in manifest["packages"]} == {p["name"] for p in whole["packages"]}
    assert not list(merged.glob("part-*"))


def test_each_part_is_a_corpus_by_itself(material: Material, parts: list[Path], tmp_path: Path) -> None:
    for number, part in enumerate(parts):
        alone = unpacked([part], tmp_path / str(number))
        assert list(documents_in_order(alone, "train"))
        assert list(documents_in_order(alone, "heldout")) == list(documents_in_order(material.corpus, "heldout"))
        assert load_tokenizer(alone / "tokenizer").get_vocab_size() == 512
        assert (alone / "DATA.md").is_file()


def test_unpacking_again_changes_nothing(parts: list[Path], tmp_path: Path) -> None:
    into = unpacked(parts, tmp_path / "corpus")
    before = {path.name: path.stat().st_mtime_ns for path in into.iterdir()}
    assert unpacked(parts, into) == into
    assert {path.name: path.stat().st_mtime_ns for path in into.iterdir()} == before
    unpacked(parts[:1], into)
    assert json.loads((into / "manifest.json").read_text())["parts"] == [{"number": 0, "of": len(parts)}]


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty", "text"])
def test_a_damaged_part_is_named_and_nothing_is_left(parts: list[Path], tmp_path: Path, damage: str) -> None:
    data = parts[1].read_bytes()
    broken = {
        "truncated": data[:-1000],
        "changed": data[:5000] + bytes(100) + data[5100:],
        "empty": b"",
        "text": b"no tar",
    }
    (tmp_path / "broken.tar.xz").write_bytes(broken[damage])
    with pytest.raises(TrainingError, match=r"broken.tar.xz: .*make corpus-pack"):
        unpacked([parts[0], tmp_path / "broken.tar.xz"], tmp_path / "corpus")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.tar.xz"]


def test_parts_of_two_corpora_are_not_mixed(material: Material, parts: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    copytree(material.corpus, other)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["splits"]["train"]["sha256"] = "0" * 64
    (other / "manifest.json").write_text(json.dumps(manifest))
    [theirs] = write_parts(other, material.tokenizer, tmp_path / "theirs", PackOptions(), lambda _: None)
    with pytest.raises(TrainingError, match=r"theirs/part-00.tar.xz: of another corpus"):
        unpacked([parts[0], theirs], tmp_path / "corpus")
    with pytest.raises(TrainingError, match="name each part once"):
        unpacked([parts[0], parts[0]], tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_a_tar_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.tar.xz").write_bytes(tar({"a.txt": "x"}, "xz"))
    with pytest.raises(TrainingError, match="not a part"):
        unpacked([tmp_path / "other.tar.xz"], tmp_path / "corpus")


def test_a_part_cannot_write_outside_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "evil.tar.xz").write_bytes(tar({"../evil.txt": "x"}, "xz"))
    with pytest.raises(TrainingError, match="evil"):
        unpacked([tmp_path / "evil.tar.xz"], tmp_path / "corpus")
    assert not (tmp_path / "evil.txt").exists()
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_folder_that_is_no_corpus_is_left_alone(parts: list[Path], tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(TrainingError, match="another folder"):
        unpacked(parts, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_missing_parts_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no parts"):
        unpacked([], tmp_path / "corpus")
    with pytest.raises(TrainingError, match="absent"):
        unpacked([tmp_path / "absent.tar.xz"], tmp_path / "corpus")


def test_packing_again_gives_the_same_bytes(material: Material, parts: list[Path], tmp_path: Path) -> None:
    options = PackOptions(max_part_bytes=220_000, jobs=2)
    again = write_parts(material.corpus, material.tokenizer, tmp_path / "again", options, lambda _: None)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in parts]


def test_no_room_for_the_held_out_is_said(material: Material, tmp_path: Path) -> None:
    options = PackOptions(max_part_bytes=10_000)
    with pytest.raises(TrainingError, match="hold out fewer"):
        write_parts(material.corpus, material.tokenizer, tmp_path / "out", options, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_part_opens_with_the_ordinary_tar(parts: list[Path]) -> None:
    with tarfile.open(parts[0]) as archive:
        names = archive.getnames()
    assert names[0] == "manifest.json"
    assert "tokenizer/tokenizer.json" in names


def test_a_folder_of_something_else_is_not_replaced_by_parts(material: Material, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(TrainingError, match=r"holds notes\.txt, which is no part"):
        write_parts(material.corpus, material.tokenizer, tmp_path, PackOptions(), lambda _: None)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_manifest_without_its_fields_is_one_line(tmp_path: Path) -> None:
    files = {
        "manifest.json": '{"kind": "corpus"}',
        "tokenizer/manifest.json": '{"kind": "tokenizer", "sha256": "0"}',
        "train-00000.jsonl": "",
        "heldout-00000.jsonl": "",
    }
    (tmp_path / "part.tar.xz").write_bytes(tar(files, "xz"))
    with pytest.raises(TrainingError, match=r"part\.tar\.xz: a manifest in there is damaged"):
        unpacked([tmp_path / "part.tar.xz"], tmp_path / "corpus")
    assert [path.name for path in tmp_path.iterdir()] == ["part.tar.xz"]
