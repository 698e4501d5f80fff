"""From a package list to a packed corpus by the command line, offline: `pip` takes its wheels from a folder."""

import json
import os
import resource
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from codex_lsp.training.documents import documents_in_order
from codex_lsp.training.pack import unpacked
from tests.unit.training.archives import wheel

LISTED = ("--packages", "list.toml", "--no-standard-library")
ROOT = Path(__file__).resolve().parents[2]
STDLIB = Path(sysconfig.get_path("stdlib"))
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
LIST = """
[pypi]
"learned" = { version = "1.0" }
"kept-apart" = { version = "1.0", heldout = true }
"copyleft" = { version = "1.0" }
"absent" = { version = "1.0" }
"""


def stdlib_files(*names: str) -> dict[str, str]:
    paths = [path for name in names for path in sorted((STDLIB / name).glob("*.py"))]
    return {f"{path.parent.name}_x/{path.name}": path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("wheels")
    for name, modules, licence in (
        ("learned", ("asyncio", "email", "http", "unittest"), "MIT"),
        ("kept_apart", ("importlib",), "BSD-3-Clause"),
        ("copyleft", ("json",), "GPL-3.0-only"),
    ):
        info = f"{name}-1.0.dist-info"
        files = {**stdlib_files(*modules), f"{info}/WHEEL": WHEEL, f"{info}/RECORD": ""}
        wheel(folder / f"{name}-1.0-py3-none-any.whl", files, f"License-Expression: {licence}", name=name)
    (folder / "list.toml").write_text(LIST)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": "/dev/null", "LIST": str(folder)}
    return {**os.environ, **offline, "CODEX_LSP_BENCHMARKS": ""}


def run(
    environment: dict[str, str], cwd: Path, *arguments: str, limit_bytes: int | None = None
) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        preexec_fn=limited,
    )


def corpus_command(environment: dict[str, str]) -> list[str]:
    packages = f"{environment['LIST']}/list.toml"
    return ["-m", "codex_lsp", "train", "corpus", "--out", "corpus", "--packages", packages, "--no-standard-library"]


def test_a_list_becomes_parts_that_open_as_a_corpus(environment: dict[str, str], tmp_path: Path) -> None:
    script = [
        str(ROOT / "scripts" / "corpus_pack.py"),
        "--build",
        "build",
        "--packages",
        f"{environment['LIST']}/list.toml",
    ]
    done = run(environment, tmp_path, *script, "--jobs", "1", "--no-standard-library")
    assert done.returncode == 0, done.stderr
    parts = sorted((tmp_path / "build" / "corpus").iterdir())
    assert [part.name for part in parts] == ["part-00.tar.xz"]
    corpus = unpacked(parts, tmp_path / "unpacked")
    assert {document.package for document in documents_in_order(corpus, "train")} == {"learned"}
    assert {document.package for document in documents_in_order(corpus, "heldout")} == {"kept-apart"}
    manifest = json.loads((corpus / "manifest.json").read_text())
    assert [(refused["name"], refused["ecosystem"]) for refused in manifest["refused"]] == [
        ("copyleft", "pypi"),
        ("absent", "pypi"),
    ]
    assert manifest["tokens"]["splits"]["train"] > 100_000
    tokenizer = json.loads((corpus / "tokenizer" / "manifest.json").read_text())
    assert 2 < tokenizer["characters_per_token"]["python"] < 5
    assert 0.05 < tokenizer["whitespace_saving"]["python"] < 0.6
    assert tokenizer["vocabulary_size"] == 8192


def test_a_full_disk_is_one_line_and_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, tmp_path, *corpus_command(environment), limit_bytes=900_000)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith("codex-lsp: corpus: ")
    assert "free some space" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "corpus").exists()
    assert not (tmp_path / "corpus.partial").exists()


def test_no_packages_are_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text('[pypi]\n"absent" = { version = "1.0" }\n')
    done = run(environment, tmp_path, "-m", "codex_lsp", "train", "corpus", "--out", "c", *LISTED)
    assert done.returncode == 1
    assert "codex-lsp: no packages found" in done.stderr.splitlines()[-1]


def test_a_corrupt_shard_is_named_by_file_and_line(environment: dict[str, str], tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "manifest.json").write_text('{"kind": "corpus", "splits": {"train": {"sha256": ""}}}')
    (corpus / "train-00000.jsonl").write_text('{"package": "p", "path": "a.py", "text": "x"}\n{"package": "p", "pa')
    done = run(environment, tmp_path, "-m", "codex_lsp", "train", "tokenizer", "--corpus", "corpus", "--out", "t")
    assert done.returncode == 1
    assert "train-00000.jsonl, line 2" in done.stderr.splitlines()[-1]
