"""The report of runs is one file, and nothing that a model wrote is more than text in it."""

import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.evaluation.bleu import bleu_table
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.html_page import STYLE, code, page, paragraph, table
from codex_lsp.evaluation.ranking_extras import RankingExtras
from codex_lsp.evaluation.ranking_of_samples import ranking_table
from codex_lsp.evaluation.run_comparison import compared_runs
from codex_lsp.evaluation.run_report import Comparison, RunStudy, run_report
from codex_lsp.evaluation.temperature import temperature_table
from codex_lsp.execution.verdict import Outcome

HOSTILE = "</code></pre><script>alert(1)</script><img src=http://evil.example/x onerror='a()'> & \x00 \x1b[2J \u202e"
MADE = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "pre", "code", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td", "img"),
}


class Read(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def graded(temperature: float, marks: str, text: str = "    return 1\n") -> list[GradedSample]:
    return [
        GradedSample(
            task_id=task,
            index=at,
            completion=f"{text}# {at}",
            outcome=Outcome.PASSED if mark == "+" else Outcome.FAILED,
            detail="" if mark == "+" else text,
            temperature=temperature,
            mean_logprob=-0.1 * at,
            tokens=5,
        )
        for task in ("Human/0", "Human/1")
        for at, mark in enumerate(marks)
    ]


def study(name: str, samples: list[GradedSample], manifest: dict[str, Any]) -> RunStudy:
    return RunStudy(
        name=name,
        manifest=manifest,
        graded=samples,
        ranking=ranking_table(samples, RankingExtras()),
        bleu=bleu_table(samples, {"Human/0": "    return 1\n"}),
    )


def test_a_report_shows_everything_in_one_file_and_no_text_acts() -> None:
    cold, hot = graded(0.2, "++--", HOSTILE), graded(0.8, "+---")
    report = run_report(
        [study("cold <b>", cold, {"model": HOSTILE}), study("hot", hot, {})],
        temperatures={"cold, hot": temperature_table([cold, hot])},
        comparisons=[
            Comparison(one="cold <b>", other="hot", table=compared_runs(cold, hot), warnings=["model: <i>'a'</i>"])
        ],
    )
    read = Read(report)
    assert read.tags <= MADE
    assert {name for name, _ in read.attributes} == {
        "lang",
        "charset",
        "content",
        "http-equiv",
        "name",
        "class",
        "alt",
        "src",
    }
    assert all(value.startswith("data:image/svg+xml;base64,") for name, value in read.attributes if name == "src")
    # One of pass@k, one of rankers and one of BLEU for each run, and the temperatures.
    assert sum(name == "src" for name, _ in read.attributes) == 7
    words = "".join(read.texts)
    assert "<script>alert(1)</script>" in words
    assert "\\x00 \\x1b[2J \\u202e" in words
    for shown in ("pass@k", "Which sample to take", "BLEU of right", "Temperature against k", "cold <b> beside hot"):
        assert shown in words
    assert "They differ in model: <i>'a'</i>" in words
    assert "Not known of back-translation: no docstring model has read the samples." in words
    assert re.search(r"passed\s*4\s*50.0 %", " ".join(read.texts))


def test_one_sample_a_task_makes_a_report_without_rankers() -> None:
    found = Read(run_report([study("one", graded(0.0, "+"), {})]))
    assert "Which sample to take" not in found.texts
    assert "100.0 %" in found.texts


def test_a_long_completion_is_cut_and_that_is_said() -> None:
    report = run_report([study("long", graded(0.2, "-", "x" * 100_000), {})])
    assert len(report) < 60_000
    assert "characters more" in report


@given(st.text(), st.text())
@settings(max_examples=60)
def test_text_comes_out_as_it_went_in_where_it_is_printable(one: str, other: str) -> None:
    read = Read(page(one, paragraph(other), code(one), table([one], [[other, 1]])))
    assert read.tags <= MADE
    if one.isprintable() and one:
        assert sum(text == one for text in read.texts) >= 2 or one in STYLE
