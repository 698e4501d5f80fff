"""Layers of settings: what is taken, what is refused by name, and that the rest applies."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp import config, settings_layers
from codex_lsp.config import Settings
from codex_lsp.errors import SettingsError
from codex_lsp.settings_layers import Source


def merged(layer: dict[str, Any], source: Source = Source.EDITOR) -> tuple[Settings, list[str]]:
    return settings_layers.merge(Settings(), layer, source)


def test_nested_and_dotted_names_are_the_same() -> None:
    assert merged({"completion": {"n": 2}}) == merged({"completion.n": 2})
    assert merged({"completion.n": 2})[0].completion.n == 2


def test_an_unknown_setting_is_named_with_the_nearest_one_and_the_rest_applies() -> None:
    settings, problems = merged({"completion": {"topp": 0.5, "n": 3}})
    assert settings.completion.n == 3
    assert problems == ["editor settings: `completion.topp`: unknown setting; did you mean `completion.top_p`?"]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"completion": {"n": "4"}}, "`completion.n`: expected int, got '4'"),
        ({"completion": {"n": True}}, "`completion.n`: expected int, got True"),
        ({"completion": {"n": 0}}, "`completion.n`: expected 1 to 16, got 0"),
        ({"completion": {"top_p": float("nan")}}, "`completion.top_p`: expected 0.01 to 1, got nan"),
        ({"completion": {"menu": "sometimes"}}, "`completion.menu`: expected one of auto, always, never"),
        ({"completion": 4}, "`completion`: unknown setting"),
        ({"disabled_languages": "python"}, "`disabled_languages`: expected a list of strings"),
        ({"disabled_languages": ["python", 1]}, "`disabled_languages`: expected a list of strings"),
        ({"completion": {"disabled_filters": ["repetitio"]}}, "got 'repetitio'; did you mean `repetition`?"),
        ({"completion": {"disabled_filters": ["secrets", "truncate"]}}, "broken_syntax, recitation, got 'truncate'"),
        ({"completion": {"blocks": "always"}}, "`completion.blocks`: expected one of auto, never"),
        ({"enabled": None}, "`enabled`: expected bool, got None"),
        ({"adapters": "/a"}, "`adapters`: expected a table from folder to folder, got '/a'"),
        ({"adapters": {"/a": 1}}, "`adapters`: expected absolute paths of folders, got 1"),
        ({"adapters": {"src": "/a"}}, "`adapters`: expected absolute paths of folders, got 'src'"),
        ({"adapters": {"/src": "../a"}}, "`adapters`: expected absolute paths of folders, got '../a'"),
    ],
)
def test_a_wrong_value_is_named_and_the_default_stands(layer: dict[str, Any], said: str) -> None:
    settings, problems = merged(layer)
    assert settings == Settings()
    assert len(problems) == 1
    assert said in problems[0]


def test_a_whole_number_is_a_float_too() -> None:
    assert merged({"completion": {"temperature": 1}})[0].completion.temperature == 1.0


def test_each_layer_adds_to_what_is_excluded_and_takes_nothing_away() -> None:
    settings = Settings()
    for source, globs in (
        (Source.USER_FILE, ["private"]),
        (Source.WORKSPACE_FILE, ["vendor", "private"]),
        (Source.EDITOR, []),
        (Source.ENVIRONMENT, ["*.sql"]),
    ):
        settings, problems = settings_layers.merge(settings, {"exclude": globs}, source)
        assert problems == []
    assert settings.exclude == ("private", "vendor", "*.sql")


@pytest.mark.parametrize(("written", "held"), [("private", ("private",)), (["a", 3, None, "b"], ("a", "b")), (7, ())])
def test_what_can_be_read_of_exclusions_holds(written: object, held: tuple[str, ...]) -> None:
    settings, problems = settings_layers.merge(Settings(), {"exclude": written}, Source.EDITOR)
    assert settings.exclude == held
    assert len(problems) == 1


@pytest.mark.parametrize("name", [item.name for item in config.describe() if item.machine and not item.adds])
def test_a_workspace_never_sets_what_is_a_persons_own(name: str) -> None:
    value = next(item.default for item in config.describe() if item.name == name)
    settings, problems = merged({name: value}, Source.WORKSPACE_FILE)
    assert settings == Settings()
    assert "a workspace may not set it" in problems[0]
    assert merged({name: value}, Source.USER_FILE) == (Settings(), [])


def test_the_environment_is_a_layer() -> None:
    environment = {
        "CODEX_LSP_ENABLED": "false",
        "CODEX_LSP_COMPLETION_N": "2",
        "CODEX_LSP_COMPLETION_TOP_P": "0.5",
        "CODEX_LSP_DISABLED_LANGUAGES": "markdown, yaml",
        "CODEX_LSP_ENDPOINT_URL": "http://127.0.0.1:8000/v1",
        "CODEX_LSP_API_KEY": "secret",
        "HOME": "/nowhere",
    }
    settings, problems = merged(settings_layers.environment_layer(environment), Source.ENVIRONMENT)
    assert problems == []
    assert (settings.enabled, settings.completion.n, settings.completion.top_p) == (False, 2, 0.5)
    assert settings.disabled_languages == ("markdown", "yaml")
    assert settings.endpoint.url == "http://127.0.0.1:8000/v1"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize("text", ["repetition,secrets", " repetition , secrets,", '["repetition", "secrets"]'])
def test_a_list_is_written_with_commas_or_as_json(text: str) -> None:
    layer = settings_layers.environment_layer({"CODEX_LSP_COMPLETION_DISABLED_FILTERS": text})
    settings, problems = merged(layer, Source.ENVIRONMENT)
    assert problems == []
    assert settings.completion.disabled_filters == ("repetition", "secrets")


@pytest.mark.parametrize(("text", "globs"), [("[ab].sql, c", ["[ab].sql", "c"]), ("1", ["1"]), ("", []), ("[]", [])])
def test_what_only_looks_like_json_is_a_list_too(text: str, globs: list[str]) -> None:
    assert settings_layers.parse_text("exclude", text) == globs


def test_adapters_are_a_table_of_folders() -> None:
    table = {"/src/shop": "~/adapters/shop"}
    assert merged({"adapters": table}) == (Settings(adapters=table), [])
    # An empty table of Lua is a list in JSON.
    assert merged({"adapters": []}) == (Settings(), [])
    layer = settings_layers.environment_layer({"CODEX_LSP_ADAPTERS": '{"/src/shop": "~/adapters/shop"}'})
    assert merged(layer, Source.ENVIRONMENT) == (Settings(adapters=table), [])
    _, problems = merged(settings_layers.environment_layer({"CODEX_LSP_ADAPTERS": "{"}), Source.ENVIRONMENT)
    assert "expected a table from folder to folder" in problems[0]


def test_ill_typed_environment_is_refused_by_name() -> None:
    _, problems = merged(
        settings_layers.environment_layer({"CODEX_LSP_COMPLETION_N": "four", "CODEX_LSP_ENABLED": "perhaps"}),
        Source.ENVIRONMENT,
    )
    assert ["completion.n" in line or "enabled" in line for line in problems] == [True, True]


def test_every_default_is_a_valid_setting() -> None:
    layer = {item.name: item.default for item in config.describe()}
    assert merged(layer) == (Settings(), [])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([item.name for item in config.describe()] + ["completion", "", "."]), values))
def test_no_layer_breaks_the_tree(layer: dict[str, Any]) -> None:
    settings, problems = merged(layer)
    assert merged({item.name: _value(settings, item.name) for item in config.describe()})[0] == settings
    assert all(line.startswith("editor settings: `") and "\n" not in line for line in problems)


def _value(settings: Settings, name: str) -> Any:
    node: Any = settings
    for part in name.split("."):
        node = getattr(node, part)
    return node


def test_a_missing_file_is_an_empty_layer_and_a_broken_one_an_error(tmp_path: Path) -> None:
    assert settings_layers.read_file(tmp_path / "none.toml") == {}
    broken = tmp_path / "codex-lsp.toml"
    broken.write_text("n = [", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot read settings"):
        settings_layers.read_file(broken)
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"codex-lsp\.toml"):
        settings_layers.read_file(broken)
    broken.write_text("enabled = false\n[completion]\nn = 2\n", encoding="utf-8")
    assert settings_layers.read_file(broken) == {"enabled": False, "completion": {"n": 2}}


deep: list[Any] = []
for _ in range(5000):
    deep = [deep]


@pytest.mark.parametrize("value", [10**400, -(10**400), int("9" * 4000), deep])
def test_monstrous_values_are_refused_by_name(value: Any) -> None:
    settings, problems = merged({"completion": {"temperature": value, "n": 2}})
    assert settings.completion.n == 2
    assert len(problems) == 1
    assert "`completion.temperature`" in problems[0]
    assert len(problems[0]) < 250


def test_an_unknown_variable_is_named_with_the_nearest_one() -> None:
    _, problems = merged(settings_layers.environment_layer({"CODEX_LSP_COMPLETON_N": "3"}), Source.ENVIRONMENT)
    assert problems == ["environment: `CODEX_LSP_COMPLETON_N`: unknown setting; did you mean `CODEX_LSP_COMPLETION_N`?"]


@pytest.mark.parametrize("text", ["a = " + "[" * 20000, "n = " + "9" * 5000, "a" + ".a" * 5000 + " = 1"])
def test_a_monstrous_file_is_an_error_or_an_unknown_setting(tmp_path: Path, text: str) -> None:
    file = tmp_path / "codex-lsp.toml"
    file.write_text(text, encoding="utf-8")
    said: list[str] = []
    try:
        said = merged(settings_layers.read_file(file), Source.USER_FILE)[1]
    except SettingsError as error:
        said.append(str(error))
    assert len(said) == 1
    assert "cannot read settings" in said[0] or "unknown setting" in said[0]


def test_a_settings_file_that_is_no_file_is_an_error_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "codex-lsp.toml")
    with pytest.raises(SettingsError, match="no ordinary file"):
        settings_layers.read_file(tmp_path / "codex-lsp.toml")
