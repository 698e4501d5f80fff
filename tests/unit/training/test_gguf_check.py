import importlib.util
from itertools import islice
from pathlib import Path

import pytest
from gguf import GGUFReader

from codex_lsp.errors import MissingExtra
from codex_lsp.training.documents import shuffled_documents
from codex_lsp.training.gguf_check import compare, write_vocabulary
from codex_lsp.training.tokenizer import PRE_TOKENIZER, SPECIAL_TOKENS, load_tokenizer
from tests.unit.training.packages import VOCABULARY, Material


def test_the_vocabulary_names_its_split(material: Material, tmp_path: Path) -> None:
    write_vocabulary(load_tokenizer(material.tokenizer), tmp_path / "v.gguf")
    fields = GGUFReader(tmp_path / "v.gguf").fields
    assert fields["tokenizer.ggml.pre"].contents() == PRE_TOKENIZER
    tokens = fields["tokenizer.ggml.tokens"].contents()
    assert len(tokens) == VOCABULARY
    assert tokens[: len(SPECIAL_TOKENS)] == list(SPECIAL_TOKENS)


def test_llama_cpp_gives_the_same_ids_or_is_said_to_be_missing(material: Material) -> None:
    tokenizer = load_tokenizer(material.tokenizer)
    texts = [document.text for document in islice(shuffled_documents(material.corpus, "train", 0), 5)]
    if importlib.util.find_spec("llama_cpp") is None:
        with pytest.raises(MissingExtra, match="pip install"):
            compare(tokenizer, texts)
    else:
        found = compare(tokenizer, texts)
        assert (found.files, found.mismatches) == (5, 0)
