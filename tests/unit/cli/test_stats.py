"""`codex-lsp stats` over a real database: table, JSON, exports, plot, what goes wrong."""

import csv
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from codex_lsp.cli import stats
from codex_lsp.cli.main import main
from codex_lsp.statistics import database
from codex_lsp.statistics.counts import Age, Group, Measure
from codex_lsp.statistics.latency import bucket_name

TODAY = date.today()
BEFORE = TODAY - timedelta(days=40)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing is recorded."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def recorded(home: Path) -> Path:
    """Figures of two days, two tiers and two languages; the path of their file."""
    path = home / "data" / "codex-lsp" / stats.FILE_NAME
    now = Group(day=TODAY.isoformat(), language="python", model="embedded", tier="generated")
    before = Group(day=BEFORE.isoformat(), language="lua", model="embedded", tier="typed")
    figures = {
        (now, Measure.SHOWN): 10,
        (now, Measure.ACCEPTED): 4,
        (now, Measure.PARTLY_ACCEPTED): 1,
        (now, Measure.ACCEPTED_CHARACTERS): 90,
        (now, Measure.PARTLY_ACCEPTED_CHARACTERS): 10,
        (now, Age.HALF_A_MINUTE.characters): 90,
        (now, Age.HALF_A_MINUTE.kept): 81,
        (now, bucket_name(28)): 12,
        (before, Measure.SHOWN): 2,
        (before, bucket_name(8)): 3,
    }
    with database.opened(path) as opened:
        opened.add(figures, today=TODAY, keep_days=365)
    assert stats.statistics_file() == path
    return path


@pytest.mark.usefixtures("recorded")
def test_the_table_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"from {BEFORE} to {TODAY}"
    assert lines[2].split() == ["everything", "12", "4", "1", "42%", "100", "90%", "-", "117", "117"]
    assert "  lua" in "\n".join(lines)
    assert lines[-1] == "20% of 15 answers needed no generation of their own"


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(("days", "shown"), [("1", 10), ("40", 10), ("41", 12)])
def test_the_last_days(days: str, shown: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--json", "--days", days]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["shown"], found["days"]) == (shown, int(days))


@pytest.mark.usefixtures("recorded")
def test_exports_hold_every_figure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("out.csv", "out.jsonl"):
        assert main(["stats", "--export", str(home / name)]) == 0
    assert capsys.readouterr().out == ""
    with (home / "out.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (home / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(table) == len(lines) == 10
    assert [{**line, "value": str(line["value"])} for line in lines] == table
    accepted = next(line for line in lines if line["measure"] == "accepted")
    assert accepted == {
        "day": TODAY.isoformat(),
        "language": "python",
        "model": "embedded",
        "tier": "generated",
        "measure": "accepted",
        "value": 4,
    }


def test_a_plot_is_drawn_of_something_and_of_nothing(recorded: Path, home: Path) -> None:
    for name in ("some.svg", "again.svg"):
        assert main(["stats", "--plot", str(home / name)]) == 0
    assert "Suggestions by day" in (home / "some.svg").read_text(encoding="utf-8")
    assert (home / "some.svg").read_bytes() == (home / "again.svg").read_bytes()
    assert database.forget(recorded)
    assert main(["stats", "--plot", str(home / "none.svg")]) == 0


def test_without_what_draws_a_plot_is_one_line(home: Path) -> None:
    (home / "sitecustomize.py").write_text("import sys\nsys.modules['matplotlib'] = None\n")
    path = os.pathsep.join((str(home), os.environ.get("PYTHONPATH", "")))
    command = [sys.executable, "-m", "codex_lsp", "stats", "--plot", str(home / "a.svg")]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}, check=False)
    assert run.returncode == 1
    assert run.stderr == "codex-lsp: a plot needs matplotlib; run: pip install 'codex-lsp[plot]'\n"


def test_forget(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--forget"]) == 0
    assert capsys.readouterr().out == f"{recorded}: all figures are removed\n"
    assert main(["stats"]) == 0
    assert capsys.readouterr().out == "nothing is recorded yet\n"


def test_without_a_record_there_is_nothing_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--days", "3"]) == 0
    assert capsys.readouterr().out == "nothing is recorded of the last 3 days\n"
    assert main(["stats", "--forget"]) == 0
    assert "there is nothing to remove" in capsys.readouterr().out
    assert main(["stats", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["since"] is None


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--export", "figures.xlsx"], "name the file .csv, .jsonl or .ndjson"),
        (["--days", "0"], "--days 0: give 1 to"),
        (["--days", "99999999999"], "give 1 to"),
        (["--forget", "--days", "3"], "leave out --days"),
    ],
)
def test_wrong_flags_are_usage_errors(flags: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", *flags]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("flag", ["--export", "--plot"])
def test_a_file_that_cannot_be_written_is_one_line(flag: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", flag, str(home / "nowhere" / "out.csv")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_database_is_one_line_with_the_mend(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.write_bytes(b"x" * 10_000)
    assert main(["stats"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "codex-lsp stats --forget" in error
