"""Every golden case: a sampled text at a cursor, and what is shown of it."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.completion.filters import filtered
from codex_lsp.completion.filters.duplicates import distinct
from codex_lsp.types import FinishReason
from tests.unit.completion.scenes import candidate_of, context_of

GOLDEN = Path(__file__).parents[2] / "golden"


def cases(kind: str) -> Iterator[Any]:
    for file in sorted(GOLDEN.glob("*.toml")):
        for case in tomllib.loads(file.read_text(encoding="utf-8")).get(kind, ()):
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases("rows")))
def test_golden_rows(case: dict[str, Any]) -> None:
    context = context_of(case["document"], language=case.get("language", "python"))
    useful = [filtered(candidate_of(text), context) for text in case["texts"]]
    shown = distinct([candidate for candidate in useful if candidate is not None])
    assert [candidate.insert for candidate in shown] == case["shown"]


@pytest.mark.parametrize("case", list(cases("case")))
def test_golden(case: dict[str, str]) -> None:
    context = context_of(case["document"], language=case.get("language", "python"))
    candidate = candidate_of(case["text"], finish=FinishReason(case.get("finish", "stop")))

    shown = filtered(candidate, context)

    assert (shown.insert if shown is not None else None) == case.get("shown")
    if shown is not None:
        assert (shown.text, shown.tokens) == (candidate.text, candidate.tokens)
        # Only blanks may differ: those that the document has already, and what lines are indented by.
        assert shown.text[: shown.kept].split() == shown.insert.split()
