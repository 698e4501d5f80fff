"""`codex-lsp assist` and `complete --verify`: real files and a real sandbox, a scripted model, and what cannot be."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.main import main
from codex_lsp.config import Settings
from codex_lsp.errors import MissingExtra
from codex_lsp.execution import sandbox as sandboxes
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models import registry
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from tests.benches import project_in

STUB = "def add(a, b):\n    '''Add.\n\n    >>> add(1, 2)\n    3\n    '''\n    pass\n"
ROWS = (ScriptedRow.of("    return a - b\n", -0.1), ScriptedRow.of("    return a + b\n", -0.5))


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: Sandbox) -> None:
    """No settings of the person who runs the tests, and the one sandbox of the run."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sandboxes, "find_sandbox", lambda: sandbox)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    return opened(ScriptedModel(ROWS), monkeypatch)


def opened(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> ScriptedModel:
        assert in_process
        assert environment is os.environ
        model.named = settings.model  # type: ignore[attr-defined] - read by a test
        return model

    monkeypatch.setattr(registry, "open_model", open_model)
    return model


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return project_in(tmp_path, mod=STUB) / "mod.py"


def reported(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1) -> str:
    assert main(list(arguments)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()[-1]


def test_a_diff_and_the_verdicts(file: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assist", "solve", f"{file}:1:5"]) == 0
    captured = capsys.readouterr()
    assert "-    pass\n+    return a + b\n" in captured.out
    assert "* candidate 2 passed (mean log-probability -0.500)" in captured.out
    assert "`add` passes 1 example of its docstring" in captured.err
    assert file.read_text() == STUB
    assert model.closed
    assert model.named == "embedded-s"  # type: ignore[attr-defined] - as above


@pytest.mark.usefixtures("model")
def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = reported(capsys, "assist", "solve", f"{file}:1:5")
    assert sorted(report) == ["edits", "figures", "kind", "message", "report", "verdicts"]
    [edit] = report["edits"]
    assert (edit["path"], edit["creates"]) == (str(file), False)
    assert edit["edits"] == [{"start": STUB.index("    pass"), "end": len(STUB) - 1, "text": "    return a + b"}]
    best = report["verdicts"][0]
    assert (best["outcome"], best["kept"], best["text"]) == ("passed", True, "    return a + b")


@pytest.mark.usefixtures("model")
def test_write(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o640 | 0o004)
    file.write_bytes(b"\xef\xbb\xbf" + STUB.replace("\n", "\r\n").encode())
    assert main(["assist", "solve", f"{file}:1:5", "--write"]) == 0
    assert f"wrote {file}" in capsys.readouterr().err
    assert file.read_bytes() == b"\xef\xbb\xbf" + STUB.replace("pass", "return a + b").replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_file_that_changes_meanwhile_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def change(_: int) -> None:
        file.write_text("# mine\n")  # noqa: ASYNC240 - a person's own editor

    opened(ScriptedModel(ROWS, before_step=change), monkeypatch)
    assert "has changed meanwhile" in refused(capsys, "assist", "solve", f"{file}:1:5", "--write")
    assert file.read_text() == "# mine\n"


def test_nothing_found_is_a_failure(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(ScriptedModel(ROWS[:1]), monkeypatch)
    report = reported(capsys, "assist", "solve", f"{file}:1:5", "--budget", "2", code=1)
    assert report["edits"] == []
    assert [verdict["outcome"] for verdict in report["verdicts"]] == ["failed"]


def test_of_many_that_fail_the_first_are_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tuple(ScriptedRow.of(f"    return {number}\n", -number / 10) for number in range(10, 22))
    opened(ScriptedModel(wrong), monkeypatch)
    assert main(["assist", "solve", f"{file}:1:5", "--budget", "12"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[:10]] == [str(number) for number in range(1, 11)]
    assert lines[10] == "  and 2 more, which --json shows"


@pytest.mark.usefixtures("model")
def test_what_cannot_be_done_is_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "trust" in refused(capsys, "assist", "solve", f"{file}:1:5", "--untrusted")
    file.write_text("x = 1\n\n\ndef f(): pass\n")
    assert "line 1 is in no function" in refused(capsys, "assist", "solve", f"{file}:1:1")
    file.write_text("def f(:\n")
    assert "line 1 does not parse" in refused(capsys, "assist", "solve", f"{file}:1:5")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("solve", "nowhere.py:1:1"), "cannot be read"),
        (("solve", "{file}:99:1"), "give a line from 1 to"),
        (("solve", "{file}:1:5", "--to", "go"), "--to is for `assist translate`"),
        (("tests", "{file}:1:5", "--problem", "x"), "--problem is for `assist fix`"),
        (("translate", "{file}:1:5"), "`assist translate` needs a language"),
        (("solve", "{file}:1:5", "--budget", "many"), "--budget many: not a number"),
        (("solve", "{file}:1:5", "--budget", "0"), "assist.budget"),
    ],
)
def test_usage(file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    filled = [argument.replace("{file}", str(file)) for argument in arguments]
    assert said in refused(capsys, "assist", *filled, code=2)


def test_an_unknown_kind_is_usage(file: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["assist", "dance", f"{file}:1:1"])
    assert ended.value.code == 2


def test_without_what_runs_models_a_repair_is_still_found(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_model(*_: object, **__: object) -> ScriptedModel:
        raise MissingExtra("a local model needs torch; run: pip install 'codex-lsp[local]'")

    monkeypatch.setattr(registry, "open_model", open_model)
    file.write_text("def f():\n    return math.pi\n")
    report = reported(capsys, "assist", "fix", f"{file}:2:12", "--problem", "Undefined name `math`")
    assert report["edits"][0]["diff"].count("+import math") == 1
    assert [verdict["outcome"] for verdict in report["verdicts"]] == ["not run"]


def test_complete_verify(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened(ScriptedModel((ScriptedRow.of("a - b", -0.1), ScriptedRow.of("a + b", -2.0))), monkeypatch)
    file.write_text(STUB.replace("pass", "return "))
    report = reported(capsys, "complete", f"{file}:7:12", "--verify")
    found = [(each["text"], each["verdict"], each["detail"]) for each in report["candidates"]]
    assert found[0] == ("a + b", "passed", "")
    assert ("a - b", "failed", "assert add(1, 2) == 3: got -1") in found
    assert main(["complete", f"{file}:7:12", "--verify", "--n", "1"]) == 0
    assert "* 1. mean log-probability -2.000, passed" in capsys.readouterr().out


def test_complete_verify_untrusted_runs_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(ScriptedModel(("a + b",)), monkeypatch)
    file.write_text(STUB.replace("pass", "return "))
    report = reported(capsys, "complete", f"{file}:7:12", "--verify", "--untrusted")
    assert [each["verdict"] for each in report["candidates"]] == ["not run"]


@pytest.mark.usefixtures("model")
def test_without_verify_nothing_is_said_of_verdicts(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = reported(capsys, "complete", f"{file}:7:9")
    assert all("verdict" not in each for each in report["candidates"])
