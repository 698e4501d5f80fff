from pathlib import Path

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.packages import COMMITTED_LIST, ECOSYSTEMS, MAX_PACKAGES, read_list

LIST = """
[pypi]
"one" = { version = "1.0" }
"two" = { version = "2.0", heldout = true }
[npm]
"@scope/three" = { version = "3.0.0", only = ["src", "lib/"] }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "list.toml"
    path.write_text(text)
    return path


def test_the_committed_list_can_be_read_and_holds_out_each_main_language() -> None:
    listed = read_list(COMMITTED_LIST)
    assert len(listed) <= MAX_PACKAGES - 1  # the standard library is one more
    assert {package.ecosystem for package in listed} == set(ECOSYSTEMS)
    assert len({package.name for package in listed}) == len(listed)
    assert sum(package.heldout for package in listed) >= 12


def test_entries_keep_their_order_and_the_ecosystems_alternate(tmp_path: Path) -> None:
    listed = read_list(write(tmp_path, LIST))
    assert [package.name for package in listed] == ["one", "@scope/three", "two"]
    assert [package.heldout for package in listed] == [False, False, True]
    assert listed[1].only == ("src/", "lib/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names 0 packages"),
        ("[pypi", "not a package list"),
        ("[cargo]\n", "unknown ecosystem cargo"),
        ('[pypi]\n"a" = { version = ">=1" }\n', "exact version"),
        ('[pypi]\n"a" = {}\n', "exact version"),
        ('[pypi]\n"a" = "1.0"\n', "takes heldout"),
        ('[pypi]\n"a" = { version = "1", url = "x" }\n', "takes heldout"),
        ('[pypi]\n"--index-url=x" = { version = "1" }\n', "not a package name"),
        ('[npm]\n"../a" = { version = "1.0.0" }\n', "not a package name"),
        ("pypi = 3\n", "not a table"),
        ('[pypi]\n"a" = { version = "1", heldout = "yes" }\n', "heldout = true or"),
        ('[pypi]\n"a" = { version = "1", only = 5 }\n', "name folders as a list"),
        ('[pypi]\n"a" = { version = "1", only = "src" }\n', "name folders as a list"),
        ('[pypi]\n"a" = { version = "1", only = [[1]] }\n', "name folders as a list"),
    ],
)
def test_what_is_not_exact_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        read_list(write(tmp_path, text))


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="absent"):
        read_list(tmp_path / "absent.toml")
