"""What is written of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.statistics.counts import Group
from codex_lsp.statistics.names import MAX_NAME, as_kept, model_name, salted_hash


@pytest.mark.parametrize(
    ("served", "kept"),
    [
        ("embedded", "embedded"),
        ("Qwen/Qwen2.5-Coder-0.5B", "Qwen/Qwen2.5-Coder-0.5B"),
        ("qwen2.5-coder:1.5b", "qwen2.5-coder:1.5b"),
        ("/home/me/secret/model.gguf", "model.gguf"),
        ("~/secret/model", "model"),
        ("./secret/model", "model"),
        ("../model", "model"),
        ("a/b/model/", "model"),
        ("C:\\secret\\model.gguf", "model.gguf"),
        ("file:///secret/model", "model"),
        ("", "unknown"),
        ("/", "unknown"),
        ("embedded@shop-8f45e0da", "embedded@#"),
        ("/secret/model@shop", "model@#"),
    ],
)
def test_a_model_is_named_without_folders_and_its_adapter_by_a_hash(served: str, kept: str) -> None:
    assert model_name(served, lambda _: "#") == kept


@given(st.text(max_size=200))
def test_any_name_becomes_a_short_one_of_at_most_an_owner_and_a_name(served: str) -> None:
    name = model_name(served, lambda _: "#")
    assert 0 < len(name) <= MAX_NAME + 2
    assert "\\" not in name
    assert name.count("/") <= 1
    assert not name.startswith("/")


def test_a_language_that_no_editor_has_is_another() -> None:
    for language, kept in (("c++", "c++"), ("objective-c", "objective-c"), ("/home/me", "other"), ("x" * 99, "other")):
        group = Group(day="2026-11-21", language=language, model="m", tier="")
        assert as_kept(group, str).language == kept
        assert as_kept(group, str).tier == "unknown"


def test_the_hash_depends_on_the_salt_and_on_the_name() -> None:
    hashes = {salted_hash(salt, name) for salt in (b"a" * 32, b"b" * 32) for name in ("shop", "bank", "\ud800")}
    assert len(hashes) == 6
    assert salted_hash(b"a" * 32, "shop") in hashes
