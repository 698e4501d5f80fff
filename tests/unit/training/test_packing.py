from collections.abc import Iterator
from itertools import islice

import pytest
from tokenizers import Tokenizer

from codex_lsp.training.documents import Document, shuffled_documents
from codex_lsp.training.fim import FimOptions
from codex_lsp.training.packing import RowPacker
from codex_lsp.training.tokenizer import (
    END_OF_TEXT,
    FILE_SEPARATOR,
    FIM_MIDDLE,
    FIM_PAD,
    FIM_PREFIX,
    FIM_SUFFIX,
    load_tokenizer,
    special_id,
)
from tests.unit.training.packages import Material

ROW = 256


@pytest.fixture(scope="module")
def tokenizer(material: Material) -> Tokenizer:
    return load_tokenizer(material.tokenizer)


def pieces(packer: RowPacker, documents: list[Document], tokenizer: Tokenizer) -> Iterator[list[int]]:
    """The pieces of all rows, without padding and without their header's mark."""
    for row in packer.rows(documents, ROW):
        assert row.shape == (ROW,)
        ids = [token for token in row.tolist() if token != special_id(tokenizer, FIM_PAD)]
        assert ids[0] == special_id(tokenizer, FILE_SEPARATOR)
        starts = [at for at, token in enumerate(ids) if token == ids[0]]
        yield from (ids[at + 1 : end] for at, end in zip(starts, [*starts[1:], len(ids)], strict=True))


def test_left_to_right_pieces_hold_every_document_in_order(material: Material, tokenizer: Tokenizer) -> None:
    documents = list(shuffled_documents(material.corpus, "train", 0))[:8]
    packer = RowPacker(tokenizer, FimOptions(rate=0.0), seed=0)
    found: dict[str, str] = {}
    for piece in pieces(packer, documents, tokenizer):
        path, text = tokenizer.decode(piece, skip_special_tokens=False).split("\n", 1)
        found[path] = found.get(path, "") + text
    assert found == {f"python {document.path}": document.text + END_OF_TEXT for document in documents}


def test_examples_are_whole_and_hold_their_lines(material: Material, tokenizer: Tokenizer) -> None:
    documents = list(shuffled_documents(material.corpus, "train", 0))[:8]
    texts = {f"python {document.path}": document.text for document in documents}
    packer = RowPacker(tokenizer, FimOptions(rate=1.0), seed=0)
    whole = 0
    for piece in pieces(packer, documents, tokenizer):
        path, body = tokenizer.decode(piece, skip_special_tokens=False).split("\n", 1)
        if FIM_MIDDLE not in body:
            continue
        whole += 1
        assert body.endswith(END_OF_TEXT)
        context, middle = body.removesuffix(END_OF_TEXT).split(FIM_MIDDLE)
        if context.startswith(FIM_SUFFIX):
            suffix, prefix = context.removeprefix(FIM_SUFFIX).split(FIM_PREFIX)
        else:
            prefix, suffix = context.removeprefix(FIM_PREFIX).split(FIM_SUFFIX)
        assert prefix + middle + suffix in texts[path]
    assert whole > 20


def test_short_examples_are_many(material: Material, tokenizer: Tokenizer) -> None:
    documents = list(shuffled_documents(material.corpus, "train", 0))[:8]

    def examples(options: FimOptions) -> list[list[int]]:
        middle = special_id(tokenizer, FIM_MIDDLE)
        return [piece for piece in pieces(RowPacker(tokenizer, options, 0), documents, tokenizer) if middle in piece]

    many = examples(FimOptions(rate=1.0, max_example_tokens=64))
    assert len(many) > 2 * len(examples(FimOptions(rate=1.0)))


def test_the_same_seed_gives_the_same_rows(material: Material, tokenizer: Tokenizer) -> None:
    documents = list(shuffled_documents(material.corpus, "train", 0))[:4]

    def packed(seed: int) -> list[list[int]]:
        return [row.tolist() for row in RowPacker(tokenizer, FimOptions(), seed).rows(documents, ROW)]

    assert packed(1) == packed(1)
    assert packed(1) != packed(2)


def test_control_text_in_a_file_is_text(tokenizer: Tokenizer) -> None:
    document = Document(package="p", path="p.py", text=f"x = '{FIM_MIDDLE}{END_OF_TEXT}'\n")
    [row] = RowPacker(tokenizer, FimOptions(rate=0.0), seed=0).rows([document], ROW)
    assert special_id(tokenizer, FIM_MIDDLE) not in row.tolist()
    assert row.tolist().count(special_id(tokenizer, END_OF_TEXT)) == 1


@pytest.mark.parametrize("row_length", [128, 256, 1024])
def test_a_line_that_fits_no_row_is_left_out(tokenizer: Tokenizer, row_length: int) -> None:
    long = "x = " + " + ".join(f"y{n}" for n in range(1000))
    document = Document(package="p", path="p.py", text=f"a = 1\n{long}\nb = 2\n")
    rows = list(islice(RowPacker(tokenizer, FimOptions(rate=0.0), seed=0).rows([document], row_length), 8))
    assert len(rows) < 8
    text = "".join(tokenizer.decode(row.tolist(), skip_special_tokens=False) for row in rows)
    assert "a = 1" in text
    assert "b = 2" in text
    assert "y500" not in text


def test_a_document_loses_some_of_its_import_lines_and_nothing_else(tokenizer: Tokenizer) -> None:
    lines = [f"import module_{number}" for number in range(40)] + ["def imported():", "    import os", "    return os"]
    document = Document(package="p", path="a.py", text="\n".join(lines))
    packer = RowPacker(tokenizer, FimOptions(rate=0.0), seed=0, import_dropout=1.0)
    found = "".join(
        tokenizer.decode(piece, skip_special_tokens=False).split("\n", 1)[1]
        for piece in pieces(packer, [document], tokenizer)
    )
    kept = found.removesuffix(END_OF_TEXT).split("\n")
    assert kept[-3:] == lines[-3:]
    assert kept[:-3] == [line for line in lines[:-3] if line in kept]
    assert 5 < len(kept[:-3]) < 35
