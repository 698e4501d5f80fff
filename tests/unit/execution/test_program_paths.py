from pathlib import Path

import pytest

from codex_lsp.execution.program_paths import program_paths


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
