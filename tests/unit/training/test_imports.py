import subprocess
import sys
from pathlib import Path

from tests.unit.training.packages import Material

# What a machine has that training is moved to.
ALLOWED = {"codex_lsp", "torch", "transformers", "tokenizers", "safetensors", "numpy"}
# Every import statement of ours is looked at, those of the command line and of modules that others loaded before too;
# what the allowed packages import for themselves is theirs.
PROBE = """
import builtins, importlib, sys
allowed = set(sys.argv[1].split(","))
plain_import, plain_import_module = builtins.__import__, importlib.import_module

def check(name, asked_by):
    top = name.partition(".")[0]
    if asked_by.partition(".")[0] == "codex_lsp" and top not in allowed and top not in sys.stdlib_module_names:
        raise SystemExit(f"{asked_by} imports {name}")

def looked_at(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0:
        check(name, (globals or {}).get("__name__", ""))
    return plain_import(name, globals, locals, fromlist, level)

def module_looked_at(name, package=None):
    if not name.startswith("."):
        check(name, sys._getframe(1).f_globals.get("__name__", ""))
    return plain_import_module(name, package)

builtins.__import__, importlib.import_module = looked_at, module_looked_at
from codex_lsp.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


def probed(allowed: set[str], arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROBE, ",".join(sorted(allowed)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def training(material: Material, folder: Path) -> list[str]:
    folders = ["--corpus", str(material.corpus), "--tokenizer", str(material.tokenizer), "--out", str(folder / "run")]
    arguments = ["train", "codex", *folders, "--preset", "tiny", "--max-tokens", "512", "--no-compile"]
    return [*arguments, "--export", str(folder / "model"), "--heldout-cursors", "0"]


def test_training_imports_nothing_that_such_a_machine_lacks(material: Material, tmp_path: Path) -> None:
    done = probed(ALLOWED, training(material, tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model" / "config.json").is_file()


def test_the_probe_sees_what_training_imports(material: Material, tmp_path: Path) -> None:
    done = probed(ALLOWED - {"safetensors"}, training(material, tmp_path))
    assert done.returncode != 0
    assert "imports safetensors" in done.stderr
