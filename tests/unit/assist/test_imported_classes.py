"""Classes of other modules, read from files of any kind."""

import ast
import os
from pathlib import Path

from codex_lsp.assist.imported_classes import known_classes
from codex_lsp.assist.project import project_of
from codex_lsp.context.document import Document
from tests.benches import bench_of, project_in, request_at


def test_modules_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    text = f"from {'a' * 300} import X\nfrom pipe import Y\nfrom key import Z\nfrom ..... import V\nimport own\n"
    root = project_in(tmp_path, mod=f"{text}\n\ndef f(): ...\n", own="class W:\n    def __init__(self, x: int): ...\n")
    os.mkfifo(root / "pipe.py")
    (root / "id_rsa").write_text("class Z: ...\n")
    (root / "key.py").symlink_to(root / "id_rsa")
    read: list[str] = []

    def reading(path: Path) -> Document:
        read.append(path.name)
        return Document(uri="", language="python", version=0, text=path.read_text())

    project = project_of(request_at(root / "mod.py", "def f"), bench_of(None, None))
    assert list(known_classes(ast.parse(text), project, reading).makers) == ["own.W"]
    assert read == ["own.py"]
