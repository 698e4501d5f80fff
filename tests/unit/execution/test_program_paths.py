from pathlib import Path

import pytest

from codex_lsp.execution.program_paths import find_program, program_paths


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("/usr/bin/node", []),
        ("/opt/node-22/bin/node", ["/opt/node-22"]),
        ("~/.nvm/versions/node/v22/bin/node", ["~/.nvm/versions/node/v22"]),
        ("~/tools/node", ["~/tools"]),
        ("~/bin/node", ["~/bin/node"]),
        ("~/node", ["~/node"]),
        ("/node", ["/node"]),
        ("/bin/node", []),
        ("~/.local/bin/node", ["~/.local/bin/node", "~/.local/lib"]),
    ],
)
def test_a_program_brings_its_installation_and_nothing_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, expected: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".local/lib").mkdir(parents=True)
    found = program_paths(Path(program.replace("~", str(tmp_path))))
    assert found == tuple(Path(each.replace("~", str(tmp_path))) for each in expected)


def test_what_lies_in_the_folder_somebody_is_in_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "node"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(program.parent)
    for path in (":", ".", "../bin:", ""):
        monkeypatch.setenv("PATH", path)
        assert find_program("node") is None
    monkeypatch.setenv("PATH", f":{program.parent}")
    assert find_program("node") == str(program)
