"""An adapter is named in a settings file, and everything else there stays as it was."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.cli.adapters_table import adapter_lines, name_adapter, with_adapter
from codex_lsp.errors import SettingsError

SHOP, DATA = Path("/src/shop"), Path("/data/shop")
ENTRY = '"/src/shop" = "/data/shop"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[adapters]\n" + ENTRY),
        ("n = 1", "n = 1\n\n[adapters]\n" + ENTRY),
        ("n = 1\n", "n = 1\n\n[adapters]\n" + ENTRY),
        ("[completion]\nn = 2 # two\n", "[completion]\nn = 2 # two\n\n[adapters]\n" + ENTRY),
        ("[adapters]\n", "[adapters]\n" + ENTRY),
        ("[ adapters ] # mine\n'/a' = '/b'\n", "[ adapters ] # mine\n" + ENTRY + "'/a' = '/b'\n"),
        ("[adapters]\n'/src/shop' = '/old'\n\n[x]\ny = 1\n", "[adapters]\n" + ENTRY + "\n[x]\ny = 1\n"),
        ("[adapters]", "[adapters]\n" + ENTRY),
    ],
)
def test_a_file_gets_the_entry(before: str, after: str) -> None:
    assert with_adapter(before, SHOP, DATA) == after


@pytest.mark.parametrize("unusual", ["adapters = {}\n", "adapters.'/a' = '/b'\n", "n = [", "adapters = 3\n"])
def test_an_unusual_file_is_left_to_a_person(unusual: str, tmp_path: Path) -> None:
    file = tmp_path / "codex-lsp.toml"
    file.write_text(unusual, encoding="utf-8")
    with pytest.raises(SettingsError, match="add the lines yourself"):
        name_adapter(file, SHOP, DATA)
    assert file.read_text(encoding="utf-8") == unusual
    assert [path.name for path in tmp_path.iterdir()] == ["codex-lsp.toml"]


names = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(names, names)
def test_any_path_is_read_back(one: str, other: str) -> None:
    workspace, adapter = Path("/" + one), Path("/" + other)
    assert tomllib.loads(adapter_lines(workspace, adapter)) == {"adapters": {str(workspace): str(adapter)}}


@given(st.dictionaries(st.sampled_from(["model", "enabled"]), st.booleans()), st.lists(names, max_size=3), names)
def test_nothing_else_changes(settings: dict[str, bool], known: list[str], name: str) -> None:
    text = "".join(f"{key} = {str(value).lower()}\n" for key, value in settings.items())
    for workspace in [*known, name]:
        changed = with_adapter(text, Path("/src") / workspace.strip("/"), DATA)
        assert changed is not None
        text = changed
    read = tomllib.loads(text)
    assert {key: read[key] for key in settings} == settings
    assert set(read["adapters"]) == {str(Path("/src") / workspace.strip("/")) for workspace in [*known, name]}


def test_the_file_is_made_for_its_owner_alone_and_a_link_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "config" / "codex-lsp.toml"
    name_adapter(file, SHOP, DATA)
    assert file.read_text(encoding="utf-8") == "[adapters]\n" + ENTRY
    assert file.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    name_adapter(link, Path("/src/bank"), Path("/data/bank"))
    assert link.is_symlink()
    assert tomllib.loads(file.read_text(encoding="utf-8"))["adapters"].keys() == {"/src/shop", "/src/bank"}


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file")
    with pytest.raises(SettingsError, match="cannot be changed"):
        name_adapter(tmp_path / "config" / "codex-lsp.toml", SHOP, DATA)
