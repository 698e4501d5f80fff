"""What git ignores in a workspace, beside what real git says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from codex_lsp.context.ignore_rules import IgnoreRules

FILES = (
    "app.py",
    "app.log",
    "keep.log",
    "out/a.py",
    "src/out/a.py",
    "src/gen/a.py",
    "src/gen/keep.py",
    "src/deep/gen/b.py",
    "src/notes.py",
    "lib/a/b/c.py",
    "lib/a.py",
    "odd name.py",
)
RULES = {
    ".gitignore": "# comment\n*.log\n!keep.log\n/out/\nlib/**/c.py\nodd\\ name.py\n[\n",
    "src/.gitignore": "gen/\nnotes.py\n",
    "src/deep/.gitignore": "!gen/\n!gen/b.py\n",
    ".git/info/exclude": "lib/a.py\n",
}


def make(root: Path) -> None:
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x = 1\n")
    for name, rules in RULES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(rules)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git, which is not installed here")
def test_files_are_ignored_as_git_does(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    make(tmp_path)
    told = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", *FILES], check=False, capture_output=True, text=True
    )
    ignored = {line.strip('"') for line in told.stdout.splitlines()}
    assert len(ignored) > 5
    rules = IgnoreRules(tmp_path)
    assert {name for name in FILES if rules.is_ignored(tmp_path / name)} == ignored


def test_folders_of_others_code(tmp_path: Path) -> None:
    rules = IgnoreRules(tmp_path)
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment" / "pyvenv.cfg").touch()
    for folder in ("node_modules/a", "environment/lib", ".cache", "a/__pycache__"):
        assert rules.is_ignored_folder(tmp_path / folder)
        assert rules.is_ignored(tmp_path / folder / "a.py")
    assert not rules.is_ignored(tmp_path / "a" / "b.py")


def test_rules_of_the_repository_around_hold_and_the_root_itself_is_meant(tmp_path: Path) -> None:
    make(tmp_path)
    rules = IgnoreRules(tmp_path / "src")
    assert rules.is_ignored(tmp_path / "src" / "app.log")
    assert not rules.is_ignored(tmp_path / "src" / "app.py")
    out = IgnoreRules(tmp_path / "out")
    assert not out.is_ignored(tmp_path / "out" / "a.py")


def test_rules_that_cannot_be_read_say_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".gitignore").write_bytes(b"\xff\xfe\0*.py\n")
    assert not IgnoreRules(tmp_path).is_ignored(tmp_path / "b.py")


def test_rules_that_are_no_file(tmp_path: Path) -> None:
    """A pipe is not waited for; a link is not followed, as git does not."""
    (tmp_path / "rules").write_text("*.py\n")
    for name in ("pipe", "link"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / ".gitignore")
    (tmp_path / "link" / ".gitignore").symlink_to(tmp_path / "rules")
    rules = IgnoreRules(tmp_path)
    assert not rules.is_ignored(tmp_path / "pipe" / "a.py")
    assert not rules.is_ignored(tmp_path / "link" / "a.py")
