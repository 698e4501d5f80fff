"""Examples for adapting: laid out as the model is asked, the same each time, and no larger than asked for."""

from itertools import islice

import pytest
from tokenizers import Tokenizer

from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.training import adapt_rows
from codex_lsp.training.adapt_rows import Examples
from codex_lsp.training.documents import Document
from codex_lsp.training.fim import FimOptions
from tests.unit.decoding.tiny import qwen3, save_checkpoint, set_config

DOCUMENTS = [
    Document(package="p", path=f"src/{name}.py", text="".join(f"{name}_{n} = add({n}, {n})\n" for n in range(40)))
    for name in ("one", "two", "three")
]
END = 0


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = save_checkpoint(tmp_path_factory.mktemp("rows") / "model", qwen3(max_position_embeddings=4096))
    set_config(folder, codex_template="codex")
    return load_model("tiny", folder, dtype="auto", device="cpu", threads=1, progress=lambda _percent, _detail: None)


def examples(reader: LoadedModel, *, rate: float, seed: int = 0) -> Examples:
    return Examples(reader, DOCUMENTS, FimOptions(rate=rate), end=END, seed=seed)


def test_the_same_seed_gives_the_same_batches(reader: LoadedModel) -> None:
    first = list(islice(examples(reader, rate=0.5).batches(2048), 5))
    assert list(islice(examples(reader, rate=0.5).batches(2048), 5)) == first
    assert list(islice(examples(reader, rate=0.5, seed=1).batches(2048), 5)) != first


def test_batches_with_their_padding_are_no_larger_than_asked_for(reader: LoadedModel) -> None:
    for batch in islice(examples(reader, rate=0.5).batches(2048), 20):
        assert len(batch) == 1 or len(batch) * max(map(len, batch)) <= 2048


def test_without_blanks_a_pass_is_every_document_once(reader: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    # So short that nothing is cut off of an example.
    monkeypatch.setattr(adapt_rows, "MAX_CHARACTERS", 500)
    monkeypatch.setattr(adapt_rows, "_SORTED_TOGETHER", 1)
    maker = examples(reader, rate=0.0)
    rows: list[list[int]] = []
    for batch in maker.batches(1):
        rows += batch
        # One example more has been taken up than the batches hold.
        if maker.passes > 1.5:
            break
    tokenizer = Tokenizer.from_file(str(reader.folder / "tokenizer.json"))
    texts = [tokenizer.decode(row, skip_special_tokens=False) for row in rows]
    for document in DOCUMENTS:
        header = f"<|file_sep|>{document.language} {document.path}\n"
        own = [text.removeprefix(header) for text in texts if text.startswith(header)]
        assert set("".join(own).replace("<|endoftext|>", "").splitlines()) == set(document.text.splitlines())
        assert any(text.endswith("<|endoftext|>") for text in own)


def test_a_blank_is_asked_for_as_serving_does(reader: LoadedModel) -> None:
    middle = reader.vocabulary.control_id("<|fim_middle|>")
    batch = next(examples(reader, rate=1.0).batches(4096))
    assert any(middle in row for row in batch)
    # A row that was not cut off ends where the middle does.
    assert any(row[-1] == END for row in batch)
