"""What an adapter folder says of itself, and which document an adapter is for."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import AdapterUnusable
from codex_lsp.models.adapter import AdaptedFolders, adapter_name, named_adapters, read_adapter, weights_sha256

PLAIN = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none", "modules_to_save": None, "use_dora": False}


def folder(root: Path, **changes: Any) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "adapter_config.json").write_text(json.dumps(PLAIN | changes), encoding="utf-8")
    (root / "manifest.json").write_text(json.dumps({"kind": "adapter", "base_sha256": "00"}), encoding="utf-8")
    return root


def test_a_folder_says_its_scale_and_its_model(tmp_path: Path) -> None:
    adapter = read_adapter(folder(tmp_path))
    assert (adapter.scale, adapter.base_sha256) == (2.0, "00")
    assert read_adapter(folder(tmp_path, use_rslora=True)).scale == 4.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"peft_type": "IA3"}, "`peft_type` is not plain LoRA"),
        ({"use_dora": True}, "`use_dora` is not plain LoRA"),
        ({"modules_to_save": ["lm_head"]}, "`modules_to_save` is not plain LoRA"),
        ({"bias": "all"}, "`bias` is not plain LoRA"),
        ({"r": 0}, "damaged"),
        ({"r": True}, "damaged"),
        ({"lora_alpha": "8"}, "damaged"),
    ],
)
def test_more_than_plain_lora_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(AdapterUnusable, match=said):
        read_adapter(folder(tmp_path, **changes))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("adapter_config.json", None, "no adapter_config.json there"),
        ("manifest.json", None, "no manifest.json there"),
        ("manifest.json", "{", "manifest.json cannot be read"),
        ("manifest.json", "[" * 100_000, "manifest.json cannot be read"),
        ("adapter_config.json", "[]", "adapter_config.json is damaged"),
        ("manifest.json", "{}", "damaged"),
    ],
)
def test_damage_is_one_line_with_a_mend(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    (folder(tmp_path) / name).unlink()
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(AdapterUnusable, match=said) as raised:
        read_adapter(tmp_path)
    assert "train adapt" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_hash_is_of_the_weights_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for place in (one, other):
        place.mkdir()
        (place / "model.safetensors").write_bytes(b"weights")
    (other / "README.md").write_text("card")
    assert weights_sha256(one) == weights_sha256(other)
    (other / "model.safetensors").write_bytes(b"Weights")
    assert weights_sha256(one) != weights_sha256(other)


def test_names_tell_folders_apart_and_nothing_of_where_they_are() -> None:
    names = named_adapters({"/src/a": "/data/shop", "/src/b": "/other/shop", "/src/c": "/data/../data/shop"})
    assert sorted(names.values()) == [Path("/data/shop"), Path("/other/shop")]
    assert all(name.startswith("shop-") and "/" not in name for name in names)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_folder_has_a_name_that_a_header_can_carry(text: str) -> None:
    name = adapter_name("/" + text)
    assert name.isascii()
    assert name.isprintable()
    assert "@" not in name


def test_the_innermost_folder_decides(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    folders = AdaptedFolders({"/src/shop": "/a/shop", "/src/shop/web": "/a/web", str(tmp_path / "link"): "/a/link"})
    shop, web, link = (adapter_name(f"/a/{name}") for name in ("shop", "web", "link"))
    assert folders.name_for("file:///src/shop/app.py") == shop
    assert folders.name_for("file:///src/shop/web/app.py") == web
    assert folders.name_for("file:///src/shop/my%20file.py") == shop
    assert folders.name_for(f"file://{tmp_path}/link/a.py") == link
    assert folders.name_for(f"file://{tmp_path}/real/a.py") == link
    outside = ("file:///src/shopping/app.py", "file:///src/shop/../other/a.py", "untitled:/src/shop/a.py", "file://[/x")
    assert [folders.name_for(uri) for uri in outside] == [None] * 4


def test_a_home_that_is_nowhere_is_no_folder() -> None:
    assert AdaptedFolders({"~nobody-of-this-name/x": "/a"}).name_for("file:///x/a.py") is None
