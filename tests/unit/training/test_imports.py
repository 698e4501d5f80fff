import subprocess
import sys
from pathlib import Path

from tests.unit.training.packages import Material

# What a machine has that training is moved to.
ALLOWED = {"codex_lsp", "torch", "transformers", "tokenizers", "safetensors", "numpy"}
PROBE = """
import sys
from importlib.metadata import packages_distributions
from codex_lsp.cli.main import main
before = set(sys.modules)
allowed = set(sys.argv[1].split(","))

class Gate:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        caller = sys._getframe(1)
        while caller and "importlib" in caller.f_code.co_filename:
            caller = caller.f_back
        asked_by = caller.f_globals.get("__name__", "") if caller else ""
        if asked_by.startswith("codex_lsp") and top not in allowed and top not in sys.stdlib_module_names:
            raise SystemExit(f"{asked_by} imports {name}")

sys.meta_path.insert(0, Gate())
sys.exit(main(sys.argv[2:]))
"""


def test_training_imports_nothing_that_such_a_machine_lacks(material: Material, tmp_path: Path) -> None:
    folders = ["--corpus", str(material.corpus), "--tokenizer", str(material.tokenizer), "--out", str(tmp_path / "run")]
    arguments = ["train", "codex", *folders, "--preset", "tiny", "--max-tokens", "512", "--no-compile"]
    export = ["--export", str(tmp_path / "model"), "--heldout-cursors", "0"]
    probe = [sys.executable, "-c", PROBE, ",".join(sorted(ALLOWED)), *arguments, *export]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model" / "config.json").is_file()
