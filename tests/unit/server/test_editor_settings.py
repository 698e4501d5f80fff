import dataclasses

import pytest

from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.server.editor_settings import EditorSettings, names_another_model


def test_each_layer_replaces_the_one_before() -> None:
    settings = EditorSettings(Settings(), {})
    assert settings.apply({"completion": {"n": 2}}) == []
    assert settings.apply({"codex-lsp": {"enabled": False}}) == []
    assert settings.current == Settings(enabled=False)


def test_what_is_pinned_stands_above_the_editor() -> None:
    base = Settings(completion=CompletionSettings(n=3))
    settings = EditorSettings(base, {"completion.n": 3})
    assert settings.apply({"completion": {"n": 2, "top_p": 0.5}}) == []
    assert settings.current.completion == CompletionSettings(n=3, top_p=0.5)


def test_a_greeting_changes_nothing() -> None:
    settings = EditorSettings(Settings(), {})
    settings.apply({"enabled": False})
    for greeting in (None, {}, {"codex-lsp": None}):
        assert settings.apply(greeting) == []
        assert settings.current.enabled is False
    assert settings.apply({"codex-lsp": {}}) == []
    assert settings.current.enabled is True


def test_what_is_wrong_is_named_and_the_rest_applies() -> None:
    settings = EditorSettings(Settings(), {})
    (problem,) = settings.apply({"completion": {"topp": 1}, "enabled": False})
    assert "completion.topp" in problem
    assert "completion.top_p" in problem
    assert settings.current.enabled is False
    assert settings.apply(3) == ["editor settings: expected an object with settings, got int"]


def test_what_names_another_model() -> None:
    before = Settings()
    assert not names_another_model(before, dataclasses.replace(before, enabled=False))
    assert names_another_model(before, dataclasses.replace(before, model="other"))
    assert names_another_model(before, dataclasses.replace(before, adapters={"/src": "/data"}))
    endpoint = dataclasses.replace(before.endpoint, url="http://127.0.0.1/v1")
    assert names_another_model(before, dataclasses.replace(before, endpoint=endpoint))


@pytest.mark.parametrize("defect", [OverflowError, RecursionError])
def test_a_layer_that_breaks_the_merging_changes_nothing_and_is_told(
    monkeypatch: pytest.MonkeyPatch, defect: type[Exception]
) -> None:
    def broken(*_: object) -> None:
        raise defect("sk-secret")

    settings = EditorSettings(Settings(enabled=False), {})
    with monkeypatch.context() as patch:
        patch.setattr("codex_lsp.settings_layers.merge", broken)
        (problem,) = settings.apply({"enabled": True})
    assert problem == f"editor settings: not taken, they cannot be read ({defect.__name__})"
    assert settings.current == Settings(enabled=False)
    assert settings.apply({"enabled": True}) == []
    assert settings.current.enabled is True
