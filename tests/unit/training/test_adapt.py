"""Adapting a tiny model to a tiny repository, from its files to an adapter that is kept or not."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch
from safetensors import SafetensorError

from codex_lsp.errors import TrainingError, UsageError
from codex_lsp.models.adapter import read_adapter, weights_sha256
from codex_lsp.training import adapt as module
from codex_lsp.training.adapt import AdaptOptions, BaseModel, adapt
from codex_lsp.training.adapt_lora import Adaptation, LoraSettings
from codex_lsp.training.adapt_measure import Measure
from tests.unit.decoding.tiny import gpt2, llama, qwen3, save_checkpoint, sentence_piece_tokenizer, set_config
from tests.unit.training.repositories import habitual

QUICK = LoraSettings(rank=4, alpha=8, rate=0.02, warm_up_steps=5, batch_tokens=512, max_passes=4)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_checkpoint(tmp_path_factory.mktemp("base") / "tiny", qwen3())
    set_config(folder, codex_template="codex")
    return folder


@pytest.fixture
def options(base: Path, tmp_path: Path) -> AdaptOptions:
    return AdaptOptions(
        repository=habitual(tmp_path / "shop", files=6, entries=20),
        out=tmp_path / "adapters" / "shop",
        base=BaseModel(name="tiny", checkpoint=base, device="cpu", threads=1),
        max_seconds=600.0,
        cursors=4,
        lora=QUICK,
    )


def adapted(options: AdaptOptions, notify: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    return adapt(options, Event(), notify)


def measures(monkeypatch: pytest.MonkeyPatch, *found: tuple[float, float]) -> None:
    """Let the measures before and after be these: bits per byte, and the share of lines."""
    answers = iter([Measure(bits_per_byte=bits, line_exact_match=lines, cursors=4, bytes=9) for bits, lines in found])

    def measure(*_: object, **__: object) -> Measure:
        return next(answers)

    monkeypatch.setattr(module, "measure", measure)


def test_a_habit_is_learned_and_the_adapter_kept(options: AdaptOptions) -> None:
    said: list[str] = []
    manifest = adapted(options, said.append)
    assert manifest["kept"]
    assert manifest["after"]["bits_per_byte"] < manifest["before"]["bits_per_byte"] * 0.99
    assert manifest["after"]["line_exact_match"] >= manifest["before"]["line_exact_match"]
    written = json.loads((options.out / "manifest.json").read_text())
    assert written == json.loads(json.dumps(manifest))
    assert written["base_sha256"] == weights_sha256(Path(str(options.base.checkpoint)))
    assert len(written["files"]["heldout"]) == 1
    assert {path.name for path in options.out.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "manifest.json",
    }
    assert [path.name for path in options.out.parent.iterdir()] == ["shop"]
    assert read_adapter(options.out).scale == 2.0
    assert "5 files to learn from, 1 held out" in said


def test_the_same_seed_learns_the_same(options: AdaptOptions, tmp_path: Path) -> None:
    first = adapted(options)
    again = adapted(replace(options, out=tmp_path / "again"))
    assert again["after"] == first["after"]
    name = "adapter_model.safetensors"
    assert (options.out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize(
    ("after", "kept"), [((1.9, 0.5), True), ((2.0, 0.75), False), ((1.9, 0.25), False), ((2.1, 1.0), False)]
)
def test_the_rule(
    options: AdaptOptions, monkeypatch: pytest.MonkeyPatch, after: tuple[float, float], *, kept: bool
) -> None:
    measures(monkeypatch, (2.0, 0.5), after)
    manifest = adapted(replace(options, lora=replace(QUICK, max_passes=1)))
    assert manifest["kept"] is kept
    assert options.out.exists() is kept
    assert [path.name for path in options.out.parent.iterdir()] == ["shop"] * kept


def test_what_does_not_help_leaves_the_adapter_before_alone(
    options: AdaptOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    measures(monkeypatch, (2.0, 0.5), (1.0, 0.5), (2.0, 0.5), (3.0, 0.5))
    adapted(options)
    before = {path.name: path.read_bytes() for path in options.out.iterdir()}
    assert not adapted(options)["kept"]
    assert {path.name: path.read_bytes() for path in options.out.iterdir()} == before
    assert [path.name for path in options.out.parent.iterdir()] == ["shop"]


def test_a_better_one_replaces_the_one_before(options: AdaptOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    measures(monkeypatch, (2.0, 0.5), (1.0, 0.5), (2.0, 0.5), (1.5, 0.5))
    adapted(options)
    adapted(options)
    assert json.loads((options.out / "manifest.json").read_text())["after"]["bits_per_byte"] == 1.5
    assert [path.name for path in options.out.parent.iterdir()] == ["shop"]


def test_a_run_that_was_killed_while_it_replaced_one_loses_none(
    options: AdaptOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    measures(monkeypatch, (2.0, 0.5), (1.0, 0.5), (2.0, 0.5), (3.0, 0.5))
    adapted(options)
    options.out.rename(options.out.with_name(".shop.old"))
    assert not adapted(options)["kept"]
    assert [path.name for path in options.out.parent.iterdir()] == ["shop"]


def test_a_folder_of_something_else_is_never_replaced(options: AdaptOptions) -> None:
    with pytest.raises(UsageError, match="holds something else than an adapter"):
        adapted(replace(options, out=options.repository))
    assert len(list(options.repository.rglob("*.py"))) == 6


def test_a_place_that_cannot_be_written_is_found_out_before_the_work(options: AdaptOptions, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written \(Not a directory\); name another folder with --out"):
        adapted(replace(options, out=tmp_path / "file" / "shop"), lambda _: pytest.fail("worked"))


def test_two_do_not_write_one_adapter(options: AdaptOptions) -> None:
    def again(_: str) -> None:
        with pytest.raises(TrainingError, match="another command is writing there"):
            adapted(options)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapted(options, again)
    assert list(options.out.parent.iterdir()) == []


def test_a_stop_while_it_learns_still_decides(options: AdaptOptions) -> None:
    stop = Event()

    class Clock:
        asked = 0

    def stopped() -> bool:
        Clock.asked += 1
        return Clock.asked > 60

    stop.is_set = stopped  # type: ignore[method-assign]
    stop.clear = lambda: setattr(Clock, "asked", -(10**9))  # type: ignore[method-assign]
    manifest = adapt(replace(options, lora=replace(QUICK, max_passes=10**6)), stop, lambda _: None)
    assert manifest["learned"]["stopped"]
    assert manifest["learned"]["steps"] > 0
    assert manifest["kept"]


def test_a_stop_while_it_measures_keeps_nothing(options: AdaptOptions) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(TrainingError, match="nothing was kept"):
        adapt(options, stop, lambda _: None)
    assert list(options.out.parent.iterdir()) == []


def test_a_loss_that_is_no_number_keeps_nothing(options: AdaptOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    loss = Adaptation._loss  # pyright: ignore[reportPrivateUsage]

    def broken(adaptation: Adaptation, batch: list[list[int]]) -> torch.Tensor:
        return loss(adaptation, batch) * torch.nan

    monkeypatch.setattr(Adaptation, "_loss", broken)
    with pytest.raises(TrainingError, match="the loss is nan"):
        adapted(options)
    assert list(options.out.parent.iterdir()) == []


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("No space left on device (os error 28)")]
)
def test_a_disk_that_is_full_keeps_nothing(
    options: AdaptOptions, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(Adaptation, "save", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        adapted(options)
    assert list(options.out.parent.iterdir()) == []


def test_a_model_without_projections_is_one_line(options: AdaptOptions, tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "gpt2", gpt2())
    with pytest.raises(TrainingError, match="none of the projections"):
        adapted(replace(options, base=BaseModel(name="gpt2", checkpoint=folder, device="cpu", threads=1)))


def test_a_model_of_another_family_that_only_continues(options: AdaptOptions, tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "llama", llama(), sentence_piece_tokenizer())
    base = BaseModel(name="llama", checkpoint=folder, device="cpu", threads=1)
    manifest = adapted(replace(options, base=base))
    assert manifest["kept"]
    assert read_adapter(options.out).base_sha256 == weights_sha256(folder)


def test_a_damaged_model_is_one_line(options: AdaptOptions, base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "damaged"))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(UsageError, match="truncated"):
        adapted(replace(options, base=BaseModel(name="damaged", checkpoint=folder, device="cpu", threads=1)))
