"""What imports may name: read from folders, never run."""

from pathlib import Path

from codex_lsp.assist.imports import known_modules
from codex_lsp.assist.package_names import Kind


def environment(root: Path) -> Path:
    """A virtual environment as far as its files go, with the interpreter of these tests."""
    import sys

    packages = root / f".venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    packages.mkdir(parents=True)
    (root / ".venv/bin").mkdir()
    (root / ".venv/bin/python").symlink_to(Path(sys.base_prefix) / "bin/python3")
    (root / ".venv/pyvenv.cfg").write_text(f"version = {sys.version_info.major}.{sys.version_info.minor}.0\n")
    return packages


def test_what_is_installed_in_the_projects_own_environment(tmp_path: Path) -> None:
    packages = environment(tmp_path)
    (packages / "lib_one").mkdir()
    (packages / "two.py").touch()
    (packages / "three.cpython-311-x86_64-linux-gnu.so").touch()
    (packages / "Four_Five-1.0.dist-info").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "six.py").touch()
    (packages / "six.pth").write_text(f"import nothing\n{elsewhere}\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/seven.py").touch()
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/eight.py").touch()
    names = known_modules(tmp_path / "pkg/eight.py", tmp_path, trusted=True)
    for name in ("lib_one", "two", "three", "four_five", "six", "seven", "eight", "pkg"):
        assert names.kind(name) is Kind.KNOWN, name
    # Ours is not the project's.
    assert names.kind("pytest") is not Kind.KNOWN


def test_what_a_project_asks_for_is_known_where_it_may_be_read(tmp_path: Path) -> None:
    environment(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["nine>=1"]\noptional-dependencies.x = ["ten-eleven"]\n'
    )
    (tmp_path / "requirements-dev.txt").write_text("# tools\ntwelve == 3\n-r other.txt\n")
    file = tmp_path / "a.py"
    trusted = known_modules(file, tmp_path, trusted=True)
    assert [trusted.kind(name) for name in ("nine", "ten_eleven", "twelve")] == [Kind.KNOWN] * 3
    assert known_modules(file, tmp_path, trusted=False).kind("nine") is not Kind.KNOWN
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert known_modules(file, tmp_path, trusted=True).kind("twelve") is Kind.KNOWN


def test_without_an_environment_of_its_own_ours_counts(tmp_path: Path) -> None:
    assert known_modules(tmp_path / "a.py", tmp_path, trusted=True).kind("pytest") is Kind.KNOWN
    assert known_modules(None, None, trusted=False).kind("pytest") is Kind.KNOWN
