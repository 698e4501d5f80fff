import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codex_lsp.config import EndpointSettings, EngineSettings, Settings
from codex_lsp.errors import MissingExtra, ModelNotFound
from codex_lsp.models import registry
from codex_lsp.models.engine_process import EngineProcess
from codex_lsp.models.registry import checkpoint_path, open_model
from codex_lsp.models.remote.openai import OpenAIModel

ENDPOINT = EndpointSettings(url="http://127.0.0.1:8000/v1", model="m", template="qwen2.5-coder")


@pytest.mark.parametrize("in_process", [True, False])
def test_an_endpoint_wins(*, in_process: bool) -> None:
    model = open_model(Settings(endpoint=ENDPOINT), environment={}, in_process=in_process)
    assert isinstance(model, OpenAIModel)


def test_a_template_that_does_not_exist_is_named() -> None:
    settings = Settings(endpoint=EndpointSettings(url="http://host/v1", template="qwen3000"))
    with pytest.raises(ModelNotFound, match="qwen3000"):
        open_model(settings, environment={}, in_process=False)


def test_the_engine_gets_the_settings_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[tuple[str, ...], dict[str, str]]] = []

    def remember(_: EngineProcess, command: tuple[str, ...], *, environment: dict[str, str]) -> None:
        made.append((command, environment))

    monkeypatch.setattr(EngineProcess, "__init__", remember)
    settings = Settings(
        model="~/weights", adapters={"/src/a": "/data/a"}, engine=EngineSettings(dtype="bfloat16", threads=3)
    )
    open_model(settings, environment={"HOME": "/home/me", "CODEX_LSP_API_KEY": "secret"}, in_process=False)
    ((command, environment),) = made
    assert command[-2:] == ("--model", str(Path("~/weights").expanduser()))
    assert environment == {
        "HOME": "/home/me",
        "CODEX_LSP_ENGINE_DTYPE": "bfloat16",
        "CODEX_LSP_ENGINE_DEVICE": "auto",
        "CODEX_LSP_ENGINE_THREADS": "3",
        "CODEX_LSP_ENGINE_CACHE_MB": "0",
        "CODEX_LSP_ENGINE_IDLE_MINUTES": "60",
        "CODEX_LSP_ADAPTERS": '{"/src/a": "/data/a"}',
    }


def test_a_missing_extra_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec

    def without_torch(name: str) -> object:
        return None if name == "torch" else find_spec(name)

    monkeypatch.setattr(registry.importlib.util, "find_spec", without_torch)
    for in_process in (True, False):
        with pytest.raises(MissingExtra, match=r"torch; run: pip install 'codex-lsp\[local\]'"):
            open_model(Settings(), environment={}, in_process=in_process)


def test_a_missing_folder_is_told_before_torch_is_imported(tmp_path: Path) -> None:
    source = f"""
import sys
from codex_lsp.config import Settings
from codex_lsp.errors import ModelNotFound
from codex_lsp.models.registry import open_model
try:
    open_model(Settings(model={str(tmp_path / "none")!r}), environment={{}}, in_process=True)
except ModelNotFound as error:
    print(error)
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    line, torch = done.stdout.splitlines()
    assert str(tmp_path / "none") in line
    assert torch == "False"


def test_a_hub_name_that_cannot_be_had_is_told_before_torch_is_imported(tmp_path: Path) -> None:
    source = """
import sys
from codex_lsp.config import Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.registry import open_model
try:
    open_model(Settings(model="nobody/no-such-model-of-ours"), environment={}, in_process=True)
except ModelUnavailable as error:
    print(error)
print("torch" in sys.modules)
"""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, env=environment)
    line, torch = done.stdout.splitlines()
    assert line.startswith("nobody/no-such-model-of-ours: not on this machine")
    assert torch == "False"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x: no path can be spelt like this; set `model` to"),
        ("/a\0b", r"/a\x00b: no path can be spelt like this; set `model` to"),
        ("/a/\udcff\ud800", r"/a/\udcff\ud800: no path can be spelt like this; set `model` to"),
        ("/" + "x" * 5000, "/" + "x" * 79 + "…: 5001 characters are too long for a path; set `model` to"),
        ("x" * 5000, "x" * 80 + "…: 5000 characters are too long for a path; set `model` to"),
    ],
)
@pytest.mark.parametrize("in_process", [True, False])
def test_what_can_be_no_path_is_named(model: str, message: str, *, in_process: bool) -> None:
    with pytest.raises(ModelNotFound) as caught:
        open_model(Settings(model=model), environment={}, in_process=in_process)
    assert str(caught.value).startswith(message)


def test_where_the_weights_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org" / "name").mkdir(parents=True)
    embedded = checkpoint_path("embedded", working_folder=False)
    assert isinstance(embedded, Path)
    assert embedded.name == "weights"
    assert checkpoint_path("./org/name", working_folder=False) == tmp_path / "org/name"
    assert checkpoint_path("/a/b", working_folder=False) == Path("/a/b")
    assert checkpoint_path("~/b", working_folder=False) == Path("~/b").expanduser()
    assert checkpoint_path("a/b/c", working_folder=False) == tmp_path / "a/b/c"
    # On the command line a bare name may be a folder here; in a server the working folder is somebody's repository.
    assert checkpoint_path("org/name", working_folder=True) == tmp_path / "org/name"
    assert checkpoint_path("org/name", working_folder=False) == "org/name"
    assert checkpoint_path("other/name", working_folder=True) == "other/name"


def test_the_registry_is_light() -> None:
    source = "import sys, codex_lsp.models.registry as r; print({'torch', 'httpx', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "set()"
