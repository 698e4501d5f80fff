"""A small real corpus and tokenizer, built once for all tests of this room."""

import pytest

from codex_lsp.training.corpus import CorpusOptions, build_corpus
from codex_lsp.training.documents import documents_up_to
from codex_lsp.training.sources import distributions
from codex_lsp.training.tokenizer import save_tokenizer, train_tokenizer
from tests.unit.training.packages import (
    HELDOUT_SHARE,
    LEARNED,
    VOCABULARY,
    Material,
    a_name_held_out,
    add_distribution,
    stdlib_package,
)


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    root = tmp_path_factory.mktemp("material")
    site = root / "site-packages"
    for name in LEARNED:
        add_distribution(site, f"{name}-x", stdlib_package(name), "License-Expression: MIT")
    add_distribution(site, a_name_held_out(), stdlib_package("importlib"), "License-Expression: MIT")
    add_distribution(site, "copyleft", {"copyleft.py": "x = 1\n"}, "License-Expression: GPL-3.0-only")
    build_corpus(distributions(site), root / "corpus", CorpusOptions(heldout_share=HELDOUT_SHARE), lambda _: None)
    texts = (document.text for document in documents_up_to(root / "corpus", 1_000_000, 0))
    save_tokenizer(train_tokenizer(texts, VOCABULARY), root / "tokenizer", provenance={"seed": 0})
    return Material(site=site, corpus=root / "corpus", tokenizer=root / "tokenizer")
