"""Places of tests: in the project, whatever links say."""

from pathlib import Path

import pytest

from codex_lsp.assist.writable import check_writable
from codex_lsp.errors import AssistRefused


def test_a_link_inside_the_project_is_fine_and_one_that_leads_out_is_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside"
    (root / "common").mkdir(parents=True)
    outside.mkdir()
    (root / "tests").symlink_to(root / "common")
    (root / "spec").symlink_to(outside)
    (root / "test_a.py").symlink_to(outside / "not_there.py")
    check_writable(root / "tests" / "unit" / "test_a.py", root)
    for file in (root / "spec" / "test_a.py", root / "spec" / "new" / "test_a.py", root / "test_a.py"):
        with pytest.raises(AssistRefused, match=r"leads out of the project, to .*outside.*; put a real folder"):
            check_writable(file, root)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(AssistRefused, match="is too long for a file of tests; give the module a shorter name"):
        check_writable(tmp_path / f"test_{'a' * 251}.py", tmp_path)
