"""A repository is adapted to, and only there is the adapter used: real processes and the embedded model."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.raw_client import INLINE, at, raw_client
from tests.unit.training.repositories import habitual, misleading

TYPED = 'account_pepper = Account(name="pepper", '
# So little training makes a model that goes round in circles; what it says is of interest here, not its use.
LOOSE = ["repetition", "broken_syntax", "half_line"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def environment(home: Path) -> dict[str, str]:
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    variables = {"CODEX_LSP_ENGINE_THREADS": "1", "CODEX_LSP_COMPLETION_DISABLED_FILTERS": ",".join(LOOSE)}
    return os.environ | folders | variables


def codex_lsp(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codex_lsp", *map(str, arguments)]
    return subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)


def completed(home: Path, file: Path) -> Any:
    done = codex_lsp(home, "complete", f"{file}:1:{len(TYPED) + 1}", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"said": done.stderr}


@pytest.fixture(scope="module")
def shop(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose adapter was made and named in the settings."""
    root = habitual(tmp_path_factory.mktemp("src") / "shop", files=6)
    # Of so few files the passes end the learning, in a few seconds.
    done = codex_lsp(home, "train", "adapt", root, "--max-seconds", "60", "--cursors", "6", "--use", "--json")
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert manifest["kept"]
    assert manifest["after"]["bits_per_byte"] < manifest["before"]["bits_per_byte"]
    assert str(root) in (home / "config" / "codex-lsp" / "codex-lsp.toml").read_text()
    (root / "new.py").write_text(TYPED, encoding="utf-8")
    return root


def test_complete_uses_it_in_that_workspace_alone(home: Path, shop: Path, tmp_path: Path) -> None:
    outside = tmp_path / "new.py"
    outside.write_text(TYPED, encoding="utf-8")
    inside, other = completed(home, shop / "new.py"), completed(home, outside)
    assert inside["model"].startswith("embedded@shop-")
    assert other["model"] == "embedded"
    assert inside["candidates"]
    assert inside["candidates"] != other["candidates"]


async def test_the_server_uses_it_there_and_says_once_that_another_is_gone(
    home: Path, shop: Path, tmp_path: Path
) -> None:
    (adapter,) = (home / "data" / "codex-lsp" / "adapters").glob("shop-*")
    gone = tmp_path / "gone"
    adapters = {str(shop): str(adapter), str(tmp_path / "bank"): str(gone)}
    settings = {"adapters": adapters, "completion": {"disabled_filters": LOOSE}}
    async with raw_client(tmp_path) as client:
        await client.initialize(settings=settings, folder=shop.as_uri())
        shown: dict[str, list[str]] = {}
        for folder in (shop, tmp_path / "plain"):
            uri = (folder / "new.py").as_uri()
            await client.open(uri, TYPED)
            items = (await client.ask(INLINE, at(uri, 0, len(TYPED))))["items"]
            shown[folder.name] = [item["insertText"] for item in items]
        assert shown["shop"]
        assert shown["shop"] != shown["plain"]
        assert client.all_shown() == []

        for name in ("one.py", "two.py"):
            uri = (tmp_path / "bank" / name).as_uri()
            await client.open(uri, "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    ")
            assert (await client.ask(INLINE, at(uri, 5, 4)))["items"]
        assert "Completion goes on without it" in await client.shown(str(gone))
        assert len(client.all_shown()) == 1
        assert await client.leave() == 0


def test_what_does_not_help_is_not_kept(home: Path, tmp_path: Path) -> None:
    root = misleading(tmp_path / "noise")
    done = codex_lsp(home, "train", "adapt", root, "--max-seconds", "15", "--cursors", "3", "--json")
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert not manifest["kept"]
    assert manifest["adapter"] is None
    assert "not kept, nothing was changed" in done.stderr
    assert list((home / "data" / "codex-lsp").glob("adapters/noise-*")) == []
