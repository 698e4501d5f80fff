"""Every way a model folder can be wrong is one line that names it and the mend."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_lsp.errors import CodexLspError, ModelNotFound, ModelUnavailable
from codex_lsp.models.checkpoint import check_folder, check_name, find_checkpoint
from tests.unit.decoding.tiny import qwen3, save_checkpoint

Break = Callable[[Path], object]
WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "model", qwen3(num_hidden_layers=1))


def cut(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])


def nested(file: Path) -> None:
    header = b"[" * 200_000
    file.write_bytes(len(header).to_bytes(8, "little") + header)


def pickled(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")


def sharded(folder: Path, *names: str) -> None:
    index = {"weight_map": {f"weight.{number}": name for number, name in enumerate(names)}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def test_a_good_folder_is_found(folder: Path) -> None:
    found = find_checkpoint(folder)
    assert (found.folder, found.tokenizer) == (folder, folder / "tokenizer.json")
    assert found.config["model_type"] == "qwen3"


def test_shards_are_checked_one_by_one(folder: Path) -> None:
    sharded(folder, WEIGHTS)
    assert check_folder(folder).folder == folder


DAMAGES: list[tuple[Break, str]] = [
    (lambda folder: cut(folder / WEIGHTS, 3000), r"model.safetensors is truncated \(3000 bytes of \d+\)"),
    (lambda folder: cut(folder / WEIGHTS, 100), r"model.safetensors is damaged"),
    (lambda folder: cut(folder / WEIGHTS, 0), r"model.safetensors is damaged"),
    (lambda folder: (folder / WEIGHTS).write_bytes(b"\xff" * 999), r"model.safetensors is damaged"),
    (
        lambda folder: (folder / WEIGHTS).write_text("version https://git-lfs.github.com/spec/v1\noid 1\n"),
        r"model.safetensors is a git-lfs pointer; run `git lfs pull`",
    ),
    (pickled, r"pytorch_model.bin could run code and is not read; convert it to model.safetensors"),
    (lambda folder: (folder / WEIGHTS).unlink(), r"no model.safetensors"),
    (lambda folder: sharded(folder, WEIGHTS, "gone.safetensors"), r"gone.safetensors is missing"),
    (lambda folder: sharded(folder, "../other.safetensors"), r"index.json is damaged"),
    (sharded, r"index.json is damaged"),
    (lambda folder: (folder / "config.json").unlink(), r"no config.json"),
    (lambda folder: (folder / "config.json").write_text("{"), r"config.json is damaged"),
    (lambda folder: (folder / "config.json").write_text("[" * 200_000), r"config.json is damaged"),
    (lambda folder: nested(folder / WEIGHTS), r"model.safetensors is damaged"),
    (lambda folder: (folder / "config.json").write_text("[]"), r"config.json is damaged"),
    (lambda folder: (folder / "config.json").write_text("{}"), r"names no `model_type`"),
    (lambda folder: (folder / "tokenizer.json").unlink(), r"no tokenizer.json"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_a_damaged_folder(folder: Path, damage: Break, message: str) -> None:
    damage(folder)
    with pytest.raises(ModelUnavailable, match=message) as caught:
        check_folder(folder)
    assert_one_line(caught.value, str(folder))


def test_a_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="no such folder; set `model` to") as caught:
        find_checkpoint(tmp_path / "nothing")
    assert_one_line(caught.value, str(tmp_path / "nothing"))


def test_a_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(ModelNotFound, match="is a file, not a model folder"):
        find_checkpoint(folder / WEIGHTS)


@pytest.mark.parametrize("name", ["a/b/c", "../x", "a b", ""])
def test_a_name_that_no_hub_has(name: str) -> None:
    with pytest.raises(ModelNotFound, match="neither a folder nor a hub name"):
        find_checkpoint(name)
    with pytest.raises(ModelNotFound, match="neither a folder nor a hub name"):
        check_name(name)


def test_a_hub_name_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    for find in (check_name, find_checkpoint):
        with pytest.raises(ModelUnavailable, match="not on this machine, and the hub cannot be reached") as caught:
            find("nobody/no-such-model-of-ours")
        assert_one_line(caught.value, "nobody/no-such-model-of-ours")


def assert_one_line(error: CodexLspError, name: str) -> None:
    assert str(error).startswith(name)
    assert "\n" not in str(error)
