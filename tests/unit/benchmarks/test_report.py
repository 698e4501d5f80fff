"""Figures, page and pictures of a run in which a peer is missing."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.figures import quick_figures
from benchmarks.floor import Rates
from benchmarks.keystroke import main, parser
from benchmarks.measure import APPEND, COLD, Cell, Findings
from benchmarks.page import page, pictures, table
from benchmarks.picture import Bar, bars, shown
from benchmarks.plan import Plan, plan_of
from benchmarks.timing import Spread


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - it is ours


def plan(*arguments: str) -> Plan:
    return plan_of(parser().parse_args(arguments), Path("work"))


def cell(peer: str, ms: float, trace: str = APPEND, *, busy: bool = False) -> Cell:
    spread = Spread(p50_ms=ms, p95_ms=2 * ms, repeats=5)
    return Cell(shape="20M", threads=1, busy=busy, trace=trace, stops=False, peer=peer, spread=spread)


@pytest.fixture
def findings() -> Findings:
    cells = [cell("ours", 30.0), cell("ours_one", 24.0), cell("hf", 600.0), cell("ours", 40.0, busy=True)]
    return Findings(
        cells=[*cells, cell("ours", 3000.0, COLD)],
        rates={("20M", 1): Rates(bytes_per_s=2e10, operations_per_s=1e12)},
        floors_ms={("20M", 1): 15.0},
        versions={"ours": "codex-lsp 1"},
        missing={"llama_cpp": "llama.cpp: there is no `llama-server` in PATH"},
    )


def test_the_promised_figures_are_there_and_null_where_a_peer_is_not(findings: Findings) -> None:
    assert quick_figures(findings, plan("--quick")) == {
        "ours_p50_ms": 30.0,
        "hf_p50_ms": 600.0,
        "llama_cpp_p50_ms": None,
        "ratio_hf": 20.0,
        "ratio_llama_cpp": None,
        "ratio_four_to_one": 1.25,
        "ratio_floor": 2.0,
    }


def test_the_page_says_the_figures_and_why_others_are_missing(findings: Findings) -> None:
    text = page(findings, plan("--shapes", "20M", "--threads", "1"), {"processor": "a processor"})
    assert "| 20M | 1 | 20.0 | 1000 | 15.0 | 2.00 | 20.0 | - | 1.25 |" in text
    assert "| 20M | codex-lsp | 30.0 / 60.0 (5) | 40.0 / 80.0 (5) |" in text
    assert "| llama.cpp | no figures: llama.cpp: there is no `llama-server` in PATH |" in text
    assert "| processor | a processor |" in text
    assert "| codex-lsp | 3000 (5) |" in text


def test_pictures_are_well_formed(findings: Findings) -> None:
    drawn = pictures(findings, plan("--shapes", "20M", "--threads", "1"))
    assert set(drawn) == {"keystroke.svg", "keystroke-neighbour.svg"}
    for picture in drawn.values():
        assert parsed(picture).tag.endswith("svg")


def test_bars_of_nothing_are_a_picture_too() -> None:
    assert parsed(bars("<nothing>", "ms", {"none": []})) is not None


def test_longer_values_have_longer_bars() -> None:
    root = parsed(bars("title", "ms", {"one": [Bar(name="a", value=3.0), Bar(name="b", value=300.0)]}))
    widths = [float(bar.get("width", "")) for bar in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert widths[0] < widths[1]


def test_a_table_has_a_rule_of_its_columns() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n|---|---|\n| 1 | 2 |\n"


@pytest.mark.parametrize(("value", "text"), [(0.123, "0.12"), (12.34, "12.3"), (1234.5, "1234")])
def test_values_have_three_digits(value: float, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shapes", "8M"], "`8M` is no shape"),
        (["--peers", "ours", "vllm"], "`vllm` is no peer"),
        (["--peers", "hf"], "leaves out `ours`"),
        (["--threads", "0"], "`--threads 0`: expected 1 to"),
        (["--repeats", "0"], "`--repeats 0`: expected 1 to"),
        (["--budget-s", "nan"], "`--budget-s nan`"),
        (["--prompt-tokens", "5"], "`--prompt-tokens 5`"),
        (["--quick", "--shapes", "7M", "20M"], "measures one shape"),
        (["--llama-server", "/nowhere/llama-server"], "there is no such file"),
    ],
)
def test_bad_input_is_told_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
