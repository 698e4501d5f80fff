"""Which files are measured on, and every path that cannot be."""

from pathlib import Path

import pytest

from codex_lsp.errors import DocumentError
from codex_lsp.evaluation.source_files import MAX_FILE_BYTES, SourceFile, source_files


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_a_folder_gives_its_source_files_and_nothing_else(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.py": "b = 1\r\nc = 2\r\n",
            "pkg/a.go": "\ufeffpackage a\n",
            "pkg/data.json": "{}",
            "pkg/notes.txt": "words",
            "pkg/raw.py": b"\x00\x01",
            "pkg/latin.py": b"x = '\xe9'",
            "pkg/big.py": "x = 1\n" * (MAX_FILE_BYTES // 6 + 1),
            "pkg/.env.py": "TOKEN = 1",
            "config/id_rsa.py": "KEY = 1",
            ".git/hook.py": "x = 1",
            "node_modules/m/index.js": "x",
            "env/pyvenv.cfg": "",
            "env/lib/site.py": "x = 1",
        },
    )
    assert source_files([tmp_path]) == [
        SourceFile(path="b.py", language="python", text="b = 1\nc = 2\n"),
        SourceFile(path="pkg/a.go", language="go", text="package a\n"),
    ]


def test_a_named_file_is_taken_whatever_its_language(tmp_path: Path) -> None:
    write(tmp_path, {"notes.md": "# Title\n"})
    assert source_files([tmp_path / "notes.md"]) == [
        SourceFile(path="notes.md", language="markdown", text="# Title\n"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("raw.py", b"\x00", "binary"),
        ("latin.py", b"\xe9", "UTF-8"),
        ("empty.py", "", "no source text"),
        ("blank.py", "\n  \n", "no source text"),
        ("id_rsa", "x", "secrets"),
        ("long.py", "#" * (MAX_FILE_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_a_named_file_that_cannot_be_is_refused_by_name(
    name: str, content: str | bytes, said: str, tmp_path: Path
) -> None:
    write(tmp_path, {name: content})
    with pytest.raises(DocumentError, match=said) as refused:
        source_files([tmp_path / name])
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist"):
        source_files([tmp_path / "nowhere"])
    with pytest.raises(DocumentError, match="no source text"):
        source_files([write(tmp_path, {"data.json": "{}"})])
    with pytest.raises(DocumentError):
        source_files([Path("a\0b")])
