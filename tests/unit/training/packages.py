"""Packages to learn from, installed by hand: modules of the standard library under other names."""

import sysconfig
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.training.corpus import draw

VOCABULARY = 512
HELDOUT_SHARE = 0.3
STDLIB = Path(sysconfig.get_path("stdlib"))
LEARNED = ("json", "email", "html", "http", "logging", "unittest")


def add_distribution(site: Path, name: str, files: dict[str, str], *headers: str) -> None:
    """Install a distribution by hand: its files, METADATA and RECORD."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *headers, ""]))
    for relative, text in files.items():
        path = site / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{relative},,\n" for relative in files))


def stdlib_package(name: str) -> dict[str, str]:
    """The modules of a standard library package, by relative path."""
    return {
        f"{name}_x/{path.relative_to(STDLIB / name).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted((STDLIB / name).glob("*.py"))
    }


def a_name_held_out() -> str:
    """A package name that the split draws as held out."""
    return next(name for name in (f"held{n}" for n in range(1000)) if draw(name) < HELDOUT_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The folders of a corpus and of a tokenizer learned from it."""

    site: Path
    corpus: Path
    tokenizer: Path
